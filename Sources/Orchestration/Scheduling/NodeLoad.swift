import DockerAPI
import SwarmModel

/// A port of a host, which one task has for itself.
struct HostPort: Hashable, Sendable {
    var transport: String
    var number: UInt32

    /// Those that tasks of a spec take on their hosts.
    static func all(in endpoint: EndpointSpec?) -> [HostPort] {
        (endpoint?.ports ?? []).compactMap { port in
            guard port.publishMode == "host", let number = port.published, number != 0 else { return nil }
            return HostPort(transport: port.transport ?? "tcp", number: number)
        }
    }
}

/// A node with what its tasks take of it.
struct NodeLoad: Sendable {
    /// Tasks of one version of a service: what fails on a node is that.
    struct Version: Hashable, Sendable {
        var service: String
        var number: UInt64
    }

    /// What one task takes of the node: of the whole record nothing else is of interest, and there are many.
    private struct Share {
        let service: String
        /// Whether it runs or is to.
        let isActive: Bool
        let request: Resources
        let generic: [GenericResource]
        let hostPorts: [HostPort]

        init(_ task: TaskRecord, _ request: Resources? = nil) {
            service = task.serviceID
            isActive = task.isActive
            self.request = request ?? Resources(reservedBy: task.spec)
            generic = task.generic
            hostPorts = HostPort.all(in: task.endpoint)
        }
    }

    /// Held at one remove: a load is copied to be looked at, and a node has dozens of parts.
    private final class Holder: Sendable {
        let node: Node
        init(_ node: Node) { self.node = node }
    }

    private var holder: Holder
    var node: Node { holder.node }
    /// What is not kept for a task yet.
    private(set) var free: Resources
    /// Tasks that run or are to.
    private(set) var active = 0
    private(set) var activeByService: [String: Int] = [:]
    private(set) var hostPorts: Set<HostPort> = []
    private var tasks: [String: Share] = [:]
    private var failures: [Version: [Timestamp]] = [:]

    /// Whether it takes tasks at all.
    private(set) var isOpen = false

    init(_ node: Node) {
        holder = Holder(node)
        isOpen = node.isOpen
        free = Resources(node.description.resources)
    }

    /// Takes over what has changed of the node itself.
    mutating func update(_ node: Node) {
        holder = Holder(node)
        isOpen = node.isOpen
        account()
    }

    func tasks(of service: String) -> Int { activeByService.isEmpty ? 0 : activeByService[service, default: 0] }

    /// How much of the node is kept for its tasks, in thousandths: of its processors or of its memory, whichever is more.
    var fullness: Int {
        func share(_ free: Int64, of all: Int64?) -> Int {
            guard let all, all > 0 else { return 0 }
            return Int((1 - Double(free) / Double(all)) * 1000)
        }
        let all = node.description.resources
        return max(share(free.nanoCPUs, of: all?.nanoCPUs), share(free.memoryBytes, of: all?.memoryBytes))
    }

    /// A task has come to the node, or has changed. One that has ended takes nothing.
    mutating func put(_ task: TaskRecord) {
        guard !task.status.state.isTerminal else { return remove(task.id) }
        add(Share(task), of: task.id)
    }

    private mutating func add(_ share: Share, of id: String) {
        // What a new one takes is only added; taking something back is rare and counted anew.
        if let old = tasks.updateValue(share, forKey: id) { count(old, by: -1) } else { occupy(share) }
        count(share, by: 1)
    }

    mutating func remove(_ id: String) {
        guard let old = tasks.removeValue(forKey: id) else { return }
        count(old, by: -1)
        account()
    }

    /// Gives a task what it asks for.
    mutating func assign(_ task: inout TaskRecord, _ request: Resources) {
        var left = free
        task.generic = left.take(request)
        add(Share(task, request), of: task.id)
    }

    private mutating func count(_ share: Share, by step: Int) {
        guard share.isActive else { return }
        active += step
        let left = activeByService[share.service, default: 0] + step
        activeByService[share.service] = left == 0 ? nil : left
    }

    private mutating func occupy(_ share: Share) {
        free.take(share.request, assigned: share.generic)
        hostPorts.formUnion(share.hostPorts)
    }

    private mutating func account() {
        free = Resources(node.description.resources)
        hostPorts = []
        for share in tasks.values { occupy(share) }
    }

    // MARK: - Failures

    /// How long a failure counts, and how many make a node the last choice: Swarm mode's.
    private static let memory: Duration = .seconds(300)
    private static let limit = 5

    mutating func failed(_ version: Version, now: Timestamp) {
        failures[version] = failures[version, default: []].filter { $0 + Self.memory > now } + [now]
    }

    func isFailing(_ version: Version, now: Timestamp) -> Bool {
        guard !failures.isEmpty, let times = failures[version], times.count >= Self.limit else { return false }
        return times.count { $0 + Self.memory > now } >= Self.limit
    }
}

extension Node {
    /// Whether it takes new tasks.
    var isOpen: Bool { state == .ready && spec.availability == Availability.active.rawValue }
}
