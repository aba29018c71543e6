import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

/// Takes managers into the store.
struct MembershipService: WireMembership.SimpleServiceProtocol {
    let objects: ClusterStore
    let members: any StoreMembers
    /// What values in the store are sealed with.
    let dataKey: DataKey
    let now: @Sendable () -> Timestamp

    func join(request: WireJoinRequest, context: ServerContext) async throws -> WireJoinResponse {
        try await refusing {
            let node = try await manager(context)
            guard node.desiredRole == .manager else {
                throw RPCError(code: .permissionDenied, message: "node \(node.id) is to be a worker")
            }
            let cluster = try await objects.cluster().value
            guard let peer = Endpoint(request.peerAddress), let address = Endpoint(request.address) else {
                throw RPCError(code: .invalidArgument, message: "the addresses of the new manager are not valid")
            }
            let credentials = try PeerAuthority(
                certificatePEM: cluster.peerAuthority.certificate, keyPEM: cluster.peerAuthority.key
            ).issue(nodeID: node.id, addresses: [peer.host], now: Date(now()))
            // Where this fails halfway, the next attempt finds the member by its URL.
            let (id, all) = try await members.add(peerURL: "https://\(peer)", node: node.id)
            try await objects.changeNode(node.id) { node in
                var node = node
                node.manager = Node.ManagerPart(address: address.description, member: id, reachability: .unknown)
                node.touch(now())
                return node
            }
            let names = try await names(of: all, joining: (id, node.id))
            return .with {
                $0.clusterID = cluster.id
                $0.members = names.map { name, url in
                    .with {
                        $0.nodeID = name
                        $0.peerURL = url
                    }
                }
                $0.dataKey = dataKey.bytes
                $0.peerAuthority = Data(cluster.peerAuthority.certificate.utf8)
                $0.peerCertificate = Data(credentials.certificatePEM.utf8)
                $0.peerKey = Data(credentials.keyPEM.utf8)
                $0.unlockKey = Data((cluster.unlockKey ?? "").utf8)
            }
        }
    }

    func confirm(request: WireConfirmRequest, context: ServerContext) async throws -> WireConfirmResponse {
        try await refusing {
            let node = try await manager(context)
            guard let part = node.manager, try await members.confirm(part.member) else {
                throw RPCError(code: .failedPrecondition, message: "the new manager has not caught up yet")
            }
            try await objects.changeNode(node.id) { node in
                var node = node
                node.manager?.reachability = .reachable
                node.touch(now())
                return node
            }
            return WireConfirmResponse()
        }
    }

    /// The node that calls, if it may be a manager.
    private func manager(_ context: ServerContext) async throws -> Node {
        guard case .node(let peer) = Caller(context), peer.role == .manager else {
            throw RPCError(code: .permissionDenied, message: "only managers may take part in the store")
        }
        guard let node = try await objects.node(peer.nodeID)?.value, node.role == .manager else {
            throw RPCError(code: .permissionDenied, message: "node \(peer.nodeID) is no manager of this swarm")
        }
        return node
    }

    /// The members' names, which are those of their nodes.
    private func names(
        of members: [UInt64: String], joining: (member: UInt64, node: String)
    ) async throws -> [(name: String, url: String)] {
        var names = [joining.member: joining.node]
        for node in try await objects.nodes() {
            if let part = node.value.manager { names[part.member] = node.value.id }
        }
        return members.sorted { $0.key < $1.key }.compactMap { id, url in names[id].map { ($0, url) } }
    }
}
