import DockerAPI
import SwarmModel

/// Why a node does not take a task, in the order in which it is looked at.
enum Obstacle: Int, CaseIterable, Sendable {
    case notReady, resources, plugin, constraints, platform, hostPort, maxReplicas

    /// As Swarm mode tells it of so many nodes.
    func text(_ count: Int) -> String {
        let nodes = count == 1 ? "1 node" : "\(count) nodes"
        return switch self {
        case .notReady: "\(nodes) not available for new tasks"
        case .resources: "insufficient resources on \(nodes)"
        case .plugin: "missing plugin on \(nodes)"
        case .constraints: "scheduling constraints not satisfied on \(nodes)"
        case .platform: "unsupported platform on \(nodes)"
        case .hostPort: "host-mode port already in use on \(nodes)"
        case .maxReplicas: "max replicas per node limit exceed"
        }
    }
}

/// Which of the nodes that can take a task is the best.
enum Strategy: String, Sendable {
    /// The one with the fewest tasks of the service: Swarm mode's.
    case spread
    /// The one of which most is kept for tasks already, so that others stay empty.
    case binpack

    /// The label of a service that names it.
    static let label = "swarmlab.scheduling.strategy"

    init(_ labels: [String: String]?) { self = labels?[Self.label].flatMap(Strategy.init) ?? .spread }
}

/// What a task asks of a node; the same for all tasks of one version of a service.
struct Demand: Sendable {
    let service: String
    let version: NodeLoad.Version
    let resources: Resources
    let strategy: Strategy
    private let constraints: [Constraint]
    /// Nil where a constraint cannot be read: it holds nowhere then.
    private let isReadable: Bool
    private let platforms: [SwarmNode.Platform]
    private let hostPorts: [HostPort]
    private let maxReplicas: Int
    private let plugins: [(kind: String, name: String)]

    init(_ task: TaskRecord) {
        self.init(
            service: task.serviceID, version: task.specVersion, labels: task.serviceLabels, task.spec, task.endpoint)
    }

    /// Of the tasks that a service makes at present.
    init(_ service: Service) {
        self.init(
            service: service.id, version: service.specVersion, labels: service.spec.labels, service.spec.taskTemplate,
            service.spec.endpoint)
    }

    private init(
        service: String, version number: UInt64, labels: [String: String]?, _ spec: TaskSpec, _ endpoint: EndpointSpec?
    ) {
        self.service = service
        strategy = Strategy(labels)
        version = NodeLoad.Version(service: service, number: number)
        resources = Resources(reservedBy: spec)
        let texts = spec.placement?.constraints ?? []
        constraints = texts.compactMap { try? Constraint($0) }
        isReadable = constraints.count == texts.count
        platforms = spec.placement?.platforms ?? []
        hostPorts = HostPort.all(in: endpoint)
        maxReplicas = Int(clamping: spec.placement?.maxReplicas ?? 0)
        var plugins = (spec.container?.mounts ?? []).compactMap { mount in
            mount.volume?.driver?.name.map { (kind: "Volume", name: $0) }
        }
        if let name = spec.logDriver?.name, name != "none" { plugins.append((kind: "Log", name: name)) }
        self.plugins = plugins.filter { !$0.name.isEmpty && $0.name != "local" }
    }

    /// The first thing that keeps the node from taking one task more, or nil.
    func obstacle(_ load: NodeLoad) -> Obstacle? {
        guard load.isOpen else { return .notReady }
        return unsuited(load.node) ?? exhausted(load)
    }

    /// What does not change by placing tasks.
    func unsuited(_ node: Node) -> Obstacle? {
        guard isReadable, constraints.allSatisfy({ $0.holds(for: node) }) else { return .constraints }
        guard platforms.isEmpty || platforms.contains(where: { suits($0, node.description.platform) }) else { return .platform }
        // A node that has told nothing of its plugins is not held against it.
        if !plugins.isEmpty, let present = node.description.engine?.plugins, !present.isEmpty {
            for plugin in plugins where !present.contains(where: { $0.kind == plugin.kind && $0.name == plugin.name }) {
                return .plugin
            }
        }
        return nil
    }

    /// What a node has no more of.
    func exhausted(_ load: NodeLoad) -> Obstacle? {
        guard load.free.covers(resources) else { return .resources }
        guard hostPorts.isEmpty || !hostPorts.contains(where: load.hostPorts.contains) else { return .hostPort }
        guard maxReplicas == 0 || load.tasks(of: service) < maxReplicas else { return .maxReplicas }
        return nil
    }

    private func suits(_ wanted: SwarmNode.Platform, _ present: SwarmNode.Platform?) -> Bool {
        func agrees(_ wanted: String?, _ present: String?) -> Bool {
            guard let wanted, !wanted.isEmpty else { return true }
            return Platform.architecture(wanted.lowercased()) == Platform.architecture((present ?? "").lowercased())
        }
        return agrees(wanted.os, present?.os) && agrees(wanted.architecture, present?.architecture)
    }
}
