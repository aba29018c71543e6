import SwarmModel

/// What the leader must do so that nodes' roles become what people want.
enum RoleAction: Equatable, Sendable {
    /// Let the node be a manager: it may have a manager's certificate now.
    case promote(String)
    /// Take the node's member out of the store; its part is forgotten when that is done.
    case removeMember(node: String, member: UInt64)
    /// Let the node be a worker; it has no part in the store any more.
    case demote(String)
    /// The leader is to become a worker: let that manager lead first.
    case transferLeadership(member: UInt64)
}

/// Decides it from what nodes are and who takes part in the store. What cannot be done yet, for want of a quorum, is left out.
struct RolePlan: Sendable {
    /// How long ago a manager may have been heard to count among those that go on without one that is taken out. They speak every
    /// second; that one is not taken for gone yet says too little, as it takes seconds to tell.
    static let freshness: Duration = .seconds(2)

    /// - Parameters:
    ///   - leader: ID of the leader's node.
    ///   - voters: IDs of the store's members with a vote.
    ///   - heard: IDs of nodes that were heard within `freshness`.
    static func actions(nodes: [Node], leader: String, voters: Set<UInt64>, heard: Set<String>) -> [RoleAction] {
        let present = present(among: nodes, leader: leader, heard: heard)
        var actions: [RoleAction] = []
        var transfer: RoleAction?
        for node in nodes.sorted(by: { $0.id < $1.id }) {
            switch (node.desiredRole, node.role) {
            case (.manager, .worker): actions.append(.promote(node.id))
            case (.worker, .manager):
                guard let part = node.manager else {
                    actions.append(.demote(node.id))
                    continue
                }
                if node.id == leader {
                    // The next leader does the rest.
                    transfer = successor(of: node, among: nodes, in: present.intersection(voters))
                        .map { .transferLeadership(member: $0) }
                } else if canSpare(part.member, voters: voters, present: present) {
                    // One at a time: the next is judged by what this leaves.
                    if !actions.contains(where: \.removesMember) {
                        actions.append(.removeMember(node: node.id, member: part.member))
                    }
                }
            default: break
            }
        }
        // Last: what comes after it would be done by one who leads no more.
        return actions + (transfer.map { [$0] } ?? [])
    }

    /// A member with a vote that is nobody's any more: its node left, and died before it had taken its member out.
    ///
    /// - Parameter nodes: as they are in the store after `voters` was asked for: a node is given its part before its vote.
    static func orphan(nodes: [Node], leader: String, voters: Set<UInt64>, heard: Set<String>) -> UInt64? {
        let parts = nodes.compactMap(\.manager?.member)
        guard let own = nodes.first(where: { $0.id == leader })?.manager?.member, voters.contains(own),
            let orphan = voters.subtracting(parts).min(),
            canSpare(orphan, voters: voters, present: present(among: nodes, leader: leader, heard: heard))
        else { return nil }
        return orphan
    }

    /// Members of the leader and of those that were heard just now and serve.
    private static func present(among nodes: [Node], leader: String, heard: Set<String>) -> Set<UInt64> {
        Set(
            nodes.filter { $0.id == leader || heard.contains($0.id) && $0.manager?.reachability == .reachable }
                .compactMap(\.manager?.member))
    }

    /// Whether those that are left can decide: more than half of them are there.
    private static func canSpare(_ member: UInt64, voters: Set<UInt64>, present: Set<UInt64>) -> Bool {
        guard voters.contains(member) else { return true }
        let left = voters.subtracting([member])
        return left.intersection(present).count > left.count / 2
    }

    private static func successor(of leader: Node, among nodes: [Node], in present: Set<UInt64>) -> UInt64? {
        nodes.filter { $0.id != leader.id && $0.desiredRole == .manager }
            .sorted { $0.id < $1.id }
            .compactMap(\.manager)
            .first { present.contains($0.member) }?.member
    }
}

extension RoleAction {
    fileprivate var removesMember: Bool { if case .removeMember = self { true } else { false } }
}
