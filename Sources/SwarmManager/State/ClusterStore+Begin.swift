import DockerAPI
import SwarmModel
import SwarmRPC
import SwarmStore

extension ClusterStore {
    /// Puts the first objects into a new store.
    public func begin(_ cluster: Cluster, with node: Node) async throws {
        var transaction = Transaction()
        transaction.require(absent: StoreKey.cluster)
        try transaction.put(cluster)
        try transaction.put(node)
        var generator = SystemRandomNumberGenerator()
        let ingress = try Transaction.creating(
            .ingress, id: Identifier.make(using: &generator), now: cluster.createdAt, allocations: nil, cluster: cluster,
            networks: [], nodes: [node])
        transaction.conditions += ingress.conditions
        transaction.operations += ingress.operations
        try await commit(transaction)
    }

    /// Gives a swarm its ingress network that was made before there were networks. One from which a person has removed it stays as it
    /// is.
    func addIngress(fence: Fence, now: Timestamp) async throws {
        guard try await entry(StoreKey.networkAllocations) == nil else { return }
        var generator = SystemRandomNumberGenerator()
        let transaction = try await Transaction.creating(
            .ingress, id: Identifier.make(using: &generator), now: now, allocations: nil, cluster: cluster().value, networks: [],
            nodes: nodes().map(\.value))
        try await commit(transaction.fenced(by: fence))
    }

    /// Makes a node the only manager, in a store whose other members were given up. Those that come back become workers.
    ///
    /// - Parameter address: where it is reached from now on; nil where that is unchanged.
    public func goOnAlone(_ id: String, member: UInt64, at address: Endpoint? = nil, now: Timestamp) async throws {
        var transaction = Transaction()
        for present in try await nodes() {
            var node = present.value
            if node.id == id {
                let endpoint = address?.description ?? node.manager?.address ?? ""
                node.manager = Node.ManagerPart(address: endpoint, member: member, reachability: .reachable)
                (node.role, node.spec.role) = (.manager, NodeRole.manager.rawValue)
                if let address { node.address = address.host }
            } else if node.manager != nil || node.desiredRole == .manager {
                node.manager = nil
                node.role = .worker
                node.spec.role = NodeRole.worker.rawValue
            } else {
                continue
            }
            node.touch(now)
            transaction.require(StoreKey.node(node.id), modRevision: present.version)
            try transaction.put(node)
        }
        try await commit(transaction)
    }

    /// Takes a manager that goes on purpose out of the managers.
    public func retire(_ id: String, now: Timestamp) async throws {
        try await changeNode(id) { node in
            var node = node
            node.manager = nil
            node.role = .worker
            node.spec.role = NodeRole.worker.rawValue
            (node.state, node.message) = (.down, "")
            node.touch(now)
            return node
        }
    }
}
