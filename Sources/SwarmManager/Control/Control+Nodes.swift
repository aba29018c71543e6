import DockerAPI
import SwarmModel
import SwarmStore

extension Control {
    /// All nodes, as the API shows them.
    public func nodes() async throws -> [SwarmNode] {
        let present = try await present()
        return present.nodes.inOrder.map { $0.value.shown(version: $0.version, leader: present.leader?.nodeID) }
    }

    /// - Parameter name: an ID, a host name, or the beginning of an ID; looked for in that order.
    public func node(_ name: String) async throws -> SwarmNode {
        let present = try await present()
        let node = try Self.find(name, in: present.nodes.inOrder)
        return node.value.shown(version: node.version, leader: present.leader?.nodeID)
    }

    /// Changes what a person may change of a node, its role among it.
    public func updateNode(_ name: String, version: UInt64, spec: SwarmNode.Spec) async throws {
        let all = try await self.present().nodes.inOrder
        let present = try Self.find(name, in: all)
        guard let role = NodeRole(rawValue: spec.role) else {
            throw APIError(400, "invalid Role: \"\(spec.role)\"")
        }
        guard Availability(rawValue: spec.availability) != nil else {
            throw APIError(400, "invalid Availability: \"\(spec.availability)\"")
        }
        guard present.version == version else { throw APIError.outOfSequence }
        if role == .worker, present.value.desiredRole == .manager {
            try Self.checkDemotion(of: present.value, among: all.map(\.value))
        }

        var node = present.value
        node.spec = spec
        node.spec.labels = spec.labels ?? [:]
        node.touch(now())
        var transaction = Transaction()
        transaction.require(StoreKey.node(node.id), modRevision: present.version)
        try transaction.put(node)
        try await objects.commit(transaction)
    }

    static func checkDemotion(of node: Node, among all: [Node]) throws {
        let managers = all.filter { $0.desiredRole == .manager }
        guard managers.count > 1 else {
            throw APIError.remote(.failedPrecondition, "attempting to demote the last manager of the swarm")
        }
        guard Quorum(managers).survivesRemoval(of: node) else { throw APIError.lossOfQuorum }
    }

    /// Forgets a node that is gone. Its certificate is refused from then on.
    public func removeNode(_ name: String, force: Bool) async throws {
        let present = try Self.find(name, in: try await self.present().nodes.inOrder)
        let node = present.value
        guard node.manager == nil, node.desiredRole == .worker else {
            throw APIError.remote(
                .failedPrecondition,
                "node \(node.id) is a cluster manager and is a member of the raft cluster. "
                    + "It must be demoted to worker before removal")
        }
        guard force || node.state != .ready else {
            throw APIError.remote(.failedPrecondition, "node \(node.id) is not down and can't be removed")
        }
        var transaction = Transaction()
        transaction.require(StoreKey.node(node.id), modRevision: present.version)
        transaction.delete(StoreKey.node(node.id))
        try transaction.put(RemovedNode(id: node.id, certificateExpiry: node.certificateExpiry))
        try await objects.commit(transaction)
    }

    static func find(_ name: String, in all: [Versioned<Node>]) throws -> Versioned<Node> {
        if let exact = all.first(where: { $0.value.id == name }) { return exact }
        let named = all.filter { $0.value.description.hostname == name || $0.value.spec.name == name }
        let found = named.isEmpty && !name.isEmpty ? all.filter { $0.value.id.hasPrefix(name) } : named
        guard let first = found.first else { throw APIError(404, "node \(name) not found") }
        guard found.count == 1 else { throw APIError(400, "node \(name) is ambiguous (\(found.count) matches found)") }
        return first
    }
}

extension APIError {
    static let lossOfQuorum = APIError.remote(
        .failedPrecondition, "can't remove member from the raft: this would result in a loss of quorum")
}

/// Whether a swarm's managers can go on deciding.
public struct Quorum: Sendable, Equatable {
    private let reachable: Set<String>
    private let reachableMembers: Set<UInt64>
    private let count: Int

    public init(_ managers: [Node]) {
        let members = managers.filter { $0.manager != nil }
        count = members.count
        let present = members.filter { $0.manager?.reachability == .reachable }
        reachable = Set(present.map(\.id))
        reachableMembers = Set(present.compactMap(\.manager?.member))
    }

    /// Whether those that would be left can still decide, by who really has a vote: it may be more than there are managers, where one
    /// has left and died before its member was taken out.
    public func survivesRemoval(of node: Node, voters: Set<UInt64>) -> Bool {
        guard let own = node.manager?.member, voters.contains(own) else { return true }
        let left = voters.subtracting([own])
        return left.intersection(reachableMembers).count > left.count / 2
    }

    /// Whether those that would be left can still decide.
    public func survivesRemoval(of node: Node) -> Bool {
        guard node.manager != nil else { return true }
        let left = count - 1
        return reachable.subtracting([node.id]).count >= left / 2 + 1
    }
}
