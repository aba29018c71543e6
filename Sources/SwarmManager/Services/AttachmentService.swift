import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmModel
import SwarmRPC
import SwarmSecurity

/// Gives plain containers of nodes their places in networks, while this manager leads.
struct AttachmentService: WireAttachments.SimpleServiceProtocol {
    let leading: Leading
    let view: ClusterView
    let now: @Sendable () -> Timestamp

    func attach(request: WireAttachRequest, context: ServerContext) async throws -> WireAttachResponse {
        let (node, term) = try caller(context)
        do {
            let attachment = try await self.request(request, from: node)
            let task = try await term.orchestration.attach(attachment)
            let bytes = try JSONEncoder().encode(task)
            return .with { $0.task = bytes }
        } catch let error as APIError {
            throw error.rpc
        }
    }

    func detach(request: WireDetachRequest, context: ServerContext) async throws -> WireDetachResponse {
        let (node, term) = try caller(context)
        try await term.orchestration.detach(request.taskID.isEmpty ? nil : request.taskID, from: node)
        return WireDetachResponse()
    }

    /// What the loop is asked, once the network is looked up and may be entered.
    private func request(_ wire: WireAttachRequest, from node: String) async throws -> AttachmentRequest {
        let network: Versioned<Network>
        do {
            network = try await view.present().state.network(wire.network)
        } catch let error as APIError where error.status == 404 {
            throw APIError.remote(.notFound, error.message)
        }
        guard network.value.spec.isAttachable == true else {
            throw APIError.remote(.permissionDenied, "network \(wire.network) not manually attachable")
        }
        let address = IPv4Address(wire.address)
        guard wire.address.isEmpty || address != nil else {
            throw APIError.remote(.invalidArgument, "invalid address \(wire.address): networks of the swarm have IPv4 addresses")
        }
        var generator = SystemRandomNumberGenerator()
        let task = TaskRecord(
            id: Identifier.make(using: &generator), now: now(), container: wire.containerName.isEmpty ? nil : wire.containerName,
            nodeID: node,
            network: network.value.id, aliases: wire.aliases, nameservers: wire.nameservers)
        return AttachmentRequest(task: task, address: address, revision: network.version)
    }

    private func caller(_ context: ServerContext) throws -> (String, LeaderTerm) {
        guard case .node(let peer) = Caller(context) else {
            throw RPCError(code: .permissionDenied, message: "only nodes of this swarm may do that")
        }
        guard let term = leading.current, let state = view.current else {
            throw NotLeader(leader: view.current?.leader?.address)
        }
        guard state.nodes[peer.nodeID] != nil else { throw DispatcherService.unknown(peer.nodeID) }
        return (peer.nodeID, term)
    }
}
