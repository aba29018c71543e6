import DockerAPI
import SwarmModel
import SwarmTemplates

extension ContainerConfiguration {
    /// The container of a task.
    ///
    /// - Parameters:
    ///   - files: where secrets and configs are that it finds in files.
    ///   - places: where it is in networks of the swarm.
    /// - Throws: where the task asks for what no container can have, or a template in it is wrong.
    init(_ task: TaskRecord, on node: NodeFacts, files: [Mount] = [], places: [NetworkPlace] = []) throws {
        guard let given = task.spec.container, let image = given.image else {
            throw InvalidTask("this node can only run containers")
        }
        let spec = try TaskTemplates(task, on: node).expand(given)
        self.image = image
        hostname = spec.hostname.nonEmpty
        user = spec.user.nonEmpty
        tty = spec.tty
        openStdin = spec.openStdin
        environment = Self.environment(of: task, spec)
        entrypoint = spec.command.nonEmpty
        command = spec.arguments.nonEmpty
        healthcheck = spec.healthcheck
        directory = spec.directory.nonEmpty
        labels = (spec.labels ?? [:]).merging(TaskLabels.labels(of: task, nodeID: node.id)) { _, ours in ours }
        stopSignal = spec.stopSignal.nonEmpty
        // The engine counts whole seconds; a part of one is not rounded to nothing.
        stopTimeout = spec.stopGracePeriod.map { ($0 + 999_999_999) / 1_000_000_000 }
        host = HostConfiguration(spec, resources: task.spec.resources, logDriver: task.spec.logDriver)
        for mount in spec.mounts ?? [] { try mount.validate() }
        host.mounts = ((spec.mounts ?? []) + files).nonEmpty
        publishPorts(of: task)
        attachNetworks(of: task, places: places)
    }

    /// - Parameter spec: its spec with the templates in it expanded.
    static func environment(of task: TaskRecord, _ spec: ContainerSpec) -> [String]? {
        ((spec.environment ?? []) + resources(of: task)).nonEmpty
    }

    /// What of the node's generic resources was given to the task.
    private static func resources(of task: TaskRecord) -> [String] {
        var values: [String: [String]] = [:]
        for resource in task.generic {
            if let named = resource.named, let kind = named.kind {
                values[kind, default: []].append(named.value ?? "")
            } else if let discrete = resource.discrete, let kind = discrete.kind {
                values[kind, default: []].append("\(discrete.value ?? 0)")
            }
        }
        return values.sorted { $0.key < $1.key }.map { kind, values in
            "DOCKER_RESOURCE_\(kind.uppercased())=\(values.joined(separator: ","))"
        }
    }

    /// Ports in the mode `host` are the container's own matter; the others are the swarm's.
    private mutating func publishPorts(of task: TaskRecord) {
        var bindings: [String: [HostConfiguration.PortBinding]] = [:]
        for port in task.endpoint?.ports ?? [] where port.publishMode == "host" {
            let binding = HostConfiguration.PortBinding(hostPort: port.published.flatMap { $0 == 0 ? nil : "\($0)" } ?? "")
            bindings["\(port.target ?? 0)/\(port.transport ?? "tcp")", default: []].append(binding)
        }
        guard !bindings.isEmpty else { return }
        exposedPorts = bindings.mapValues { _ in ServiceMode.Empty() }
        host.portBindings = bindings
    }
}

extension Collection {
    var nonEmpty: Self? { isEmpty ? nil : self }
}
