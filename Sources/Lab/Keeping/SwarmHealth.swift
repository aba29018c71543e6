/// The nodes of a swarm that were well at one moment: what has to be so again once the machines are back at that moment.
public struct SwarmHealth: Codable, Sendable, Equatable {
    /// A node that was ready.
    public struct Member: Codable, Sendable, Equatable {
        public var nodeID: String
        /// The machine, or the host name of a node that is none of the lab's machines.
        public var machine: String
        /// Whether it was a manager that others could reach.
        public var isManager: Bool

        public init(nodeID: String, machine: String, isManager: Bool) {
            self.nodeID = nodeID
            self.machine = machine
            self.isManager = isManager
        }
    }

    public var members: [Member]

    public init(members: [Member]) { self.members = members }

    /// Looks at the swarm of a lab.
    ///
    /// - Returns: nil when no machine of the lab is a manager at work.
    static func take(_ lab: Workspace) async throws -> SwarmHealth? {
        let view = try await SwarmView.take(lab)
        guard let nodes = view.nodes else { return nil }
        return SwarmHealth(
            members: nodes.filter { $0.state == .ready }.map { node in
                Member(
                    nodeID: node.id, machine: view.infos.first { $0.value.nodeID == node.id }?.key ?? node.hostname,
                    isManager: node.managerStatus == .leader || node.managerStatus == .reachable)
            })
    }

    /// What is not as it was, in words; nothing when all is well.
    func lacks(_ view: SwarmView) -> [String] {
        var lacks = members.compactMap { member -> String? in
            guard view.machines.contains(member.machine) else { return nil }
            guard let info = view.infos[member.machine] else { return "\(member.machine) does not answer" }
            if info.state != .active || info.nodeID != member.nodeID { return "\(member.machine) is not in the swarm" }
            return nil
        }
        guard let nodes = view.nodes else { return lacks + ["no manager is at work"] }
        for member in members where !lacks.contains(where: { $0.hasPrefix("\(member.machine) ") }) {
            guard let node = nodes.first(where: { $0.id == member.nodeID }) else {
                lacks.append("\(member.machine) is no node of the swarm")
                continue
            }
            let isManager = node.managerStatus == .leader || node.managerStatus == .reachable
            if node.state != .ready {
                lacks.append("\(member.machine) is \(node.state.rawValue)")
            } else if member.isManager, !isManager {
                lacks.append("\(member.machine) is no reachable manager")
            }
        }
        if nodes.count(where: { $0.managerStatus == .leader }) != 1 { lacks.append("the managers have not agreed on one leader") }
        return lacks
    }
}

/// What the machines of a lab say of their swarm at one moment.
struct SwarmView: Sendable {
    /// The lab's machines, in the order of its file.
    var machines: [String]
    /// By machine; a machine that did not answer is left out.
    var infos: [String: SwarmInfo]
    /// What the first manager at work says; nil when there is none.
    var nodes: [SwarmNode]?

    /// No machine is waited for longer than this: one that hangs is one that does not answer.
    private static let patience = Duration.seconds(10)

    static func take(_ lab: Workspace) async throws -> SwarmView {
        let machines = try await lab.machines()
        let fleet = lab.fleet
        let infos = await withTaskGroup(of: (String, SwarmInfo?).self) { group in
            for machine in machines where machine.state == .running {
                group.addTask {
                    (machine.name, try? await within(patience) { try await fleet.swarm(of: machine.name).info() })
                }
            }
            return await group.reduce(into: [String: SwarmInfo]()) { $0[$1.0] = $1.1 }
        }
        try Task.checkCancellation()
        var view = SwarmView(machines: machines.map(\.name), infos: infos)
        for machine in machines where infos[machine.name]?.controlAvailable ?? false {
            view.nodes = try? await within(patience) { try await fleet.swarm(of: machine.name).nodes() }
            if view.nodes != nil { break }
        }
        try Task.checkCancellation()
        return view
    }
}

/// Runs `body`, which is cancelled after `limit`.
///
/// - Throws: ``CommandTimedOut`` when it took longer.
func within<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw CommandTimedOut(after: limit) }
        return value
    }
}
