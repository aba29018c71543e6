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
    /// - Parameters:
    ///   - leader: ID of the leader's node.
    ///   - voters: IDs of the store's members with a vote.
    static func actions(nodes: [Node], leader: String, voters: Set<UInt64>) -> [RoleAction] {
        var actions: [RoleAction] = []
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
                    if let successor = successor(of: node, among: nodes, voters: voters) {
                        actions.append(.transferLeadership(member: successor))
                    }
                } else if !voters.contains(part.member) || Quorum(nodes).survivesRemoval(of: node) {
                    // One at a time: the next is judged by what this leaves.
                    if !actions.contains(where: \.removesMember) {
                        actions.append(.removeMember(node: node.id, member: part.member))
                    }
                }
            default: break
            }
        }
        return actions
    }

    private static func successor(of leader: Node, among nodes: [Node], voters: Set<UInt64>) -> UInt64? {
        nodes.filter { $0.id != leader.id && $0.desiredRole == .manager }
            .sorted { $0.id < $1.id }
            .compactMap(\.manager)
            .first { $0.reachability == .reachable && voters.contains($0.member) }?.member
    }
}

extension RoleAction {
    fileprivate var removesMember: Bool { if case .removeMember = self { true } else { false } }
}
