import DockerAPI
import SwarmModel

/// Objects as tests need them.
enum Fixture {
    static let start = Timestamp(nanoseconds: 1_790_000_000_000_000_000)

    static func node(
        _ id: String, cpus: Int64 = 4, memory: Int64 = 8 << 30, labels: [String: String] = [:], state: NodeState = .ready,
        availability: Availability = .active, generic: [GenericResource]? = nil
    ) -> Node {
        var node = Node(
            id: id, now: start, role: .worker, availability: availability, address: "10.0.0.1", certificateExpiry: start)
        node.spec.labels = labels
        node.state = state
        node.description = SwarmNode.Description(
            hostname: "host-\(id)", platform: SwarmNode.Platform(architecture: "x86_64", os: "linux"),
            resources: SwarmNode.Resources(nanoCPUs: cpus * 1_000_000_000, memoryBytes: memory, generic: generic))
        return node
    }

    static func service(_ id: String, _ mode: ServiceMode = replicated(1), _ template: TaskSpec = TaskSpec()) -> Service {
        var template = template
        template.container = template.container ?? ContainerSpec(image: "busybox")
        return Service(id: id, now: start, spec: ServiceSpec(name: id, taskTemplate: template, mode: mode))
    }

    static func replicated(_ count: UInt64) -> ServiceMode {
        ServiceMode(replicated: ServiceMode.Replicated(replicas: count))
    }

    /// New tasks of a service, in slots from 1.
    static func tasks(_ service: Service, _ count: Int) -> [TaskRecord] {
        guard count > 0 else { return [] }
        return (1...count).map { slot in
            TaskRecord(id: "\(service.id)-\(slot)", now: start, service: service, slot: slot, desiredState: .running)
        }
    }
}
