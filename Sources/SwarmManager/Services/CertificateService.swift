import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

/// Signs nodes' certificates: a first one for whoever has a join token, later ones for nodes.
struct CertificateService: WireCertificateAuthority.SimpleServiceProtocol {
    let objects: ClusterStore
    let now: @Sendable () -> Timestamp

    /// What a caller without a valid token is told.
    static let tokenRefusal = RPCError(
        code: .invalidArgument, message: "A valid join token is necessary to join this cluster")

    func getRootCertificate(
        request: WireGetRootCertificateRequest, context: ServerContext
    ) async throws -> WireGetRootCertificateResponse {
        let cluster = try await refusing { try await objects.cluster().value }
        return .with { $0.certificate = Data(cluster.root.pair.certificate.utf8) }
    }

    func issueNodeCertificate(
        request: WireIssueNodeCertificateRequest, context: ServerContext
    ) async throws -> WireIssueNodeCertificateResponse {
        try await refusing {
            switch Caller(context) {
            case .nobody: try await admit(request, from: context.callerAddress ?? "")
            case .node(let peer): try await renew(request, for: peer)
            }
        }
    }

    /// Makes a node of somebody who knows the secret.
    private func admit(
        _ request: WireIssueNodeCertificateRequest, from address: String
    ) async throws -> WireIssueNodeCertificateResponse {
        let cluster = try await objects.cluster().value
        let role = try Self.role(of: request.token, in: cluster)
        guard let availability = Availability(rawValue: request.availability.isEmpty ? "active" : request.availability) else {
            throw RPCError(code: .invalidArgument, message: "invalid Availability: \"\(request.availability)\"")
        }
        var generator = SystemRandomNumberGenerator()
        let id = Identifier.make(using: &generator)
        let (response, expiry) = try issue(request, id: id, role: role, cluster: cluster)
        let node = Node(
            id: id, now: now(), role: role, availability: availability, address: address, certificateExpiry: expiry)
        var transaction = Transaction()
        transaction.require(absent: StoreKey.node(id))
        try transaction.put(node)
        try await objects.commit(transaction)
        return response
    }

    /// Which role the token gives. The two secrets are compared in constant time.
    private static func role(of text: String, in cluster: Cluster) throws -> NodeRole {
        guard let token = try? JoinToken(parsing: text) else { throw tokenRefusal }
        if try token.hasSameSecret(as: JoinToken(parsing: cluster.joinTokens.manager)) { return .manager }
        if try token.hasSameSecret(as: JoinToken(parsing: cluster.joinTokens.worker)) { return .worker }
        throw tokenRefusal
    }

    /// A new certificate for the role that the node has by now.
    private func renew(
        _ request: WireIssueNodeCertificateRequest, for peer: PeerIdentity
    ) async throws -> WireIssueNodeCertificateResponse {
        let cluster = try await objects.cluster().value
        guard peer.clusterID == cluster.id, let node = try await objects.node(peer.nodeID)?.value else {
            throw RPCError(code: .permissionDenied, message: "node \(peer.nodeID) is not part of this swarm")
        }
        let (response, expiry) = try issue(request, id: node.id, role: node.role, cluster: cluster)
        try await objects.changeNode(node.id) { node in
            var node = node
            node.certificateExpiry = expiry
            return node
        }
        return response
    }

    private func issue(
        _ request: WireIssueNodeCertificateRequest, id: String, role: NodeRole, cluster: Cluster
    ) throws -> (WireIssueNodeCertificateResponse, expiry: Timestamp) {
        let chain: String
        let life = Duration.nanoseconds(cluster.spec.withDefaults.authority?.nodeCertificateExpiry ?? 0)
        do {
            chain = try RootAuthority(cluster.signingRoot).issue(
                signingRequest: request.signingRequest, nodeID: id, role: role, clusterID: cluster.id, life: life,
                now: Date(now()))
        } catch let error as SecurityError where error.code == .invalidSigningRequest {
            throw RPCError(code: .invalidArgument, message: error.message)
        }
        let response = WireIssueNodeCertificateResponse.with {
            $0.nodeID = id
            $0.role = role.rawValue
            $0.certificate = Data(chain.utf8)
            $0.rootCertificate = Data(cluster.trustedRoots.utf8)
        }
        return (response, now() + life)
    }
}

/// Hands on the API's refusals to a caller on another node, in gRPC's terms.
func refusing<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
    do {
        return try await body()
    } catch let error as APIError {
        throw error.rpc
    }
}
