import GRPCCore
import GRPCNIOTransportHTTP2Posix
import SwarmSecurity
import X509

/// Who makes a call.
public enum Caller: Sendable, Equatable {
    /// Somebody who has no certificate of this swarm.
    case nobody
    case node(PeerIdentity)

    /// Reads it from the connection's certificate.
    public init(_ context: ServerContext) {
        guard let connection = context.transportSpecific as? HTTP2ServerTransport.Posix.Context,
            let certificate = connection.peerCertificateChain?.leaf,
            let identity = try? PeerIdentity(certificate)
        else {
            self = .nobody
            return
        }
        self = .node(identity)
    }
}

extension ServerContext {
    /// The caller's IP address, where it has one.
    public var callerAddress: String? {
        // gRPC's form: `ipv4:192.168.99.101:41234`, `ipv6:[fe80::1]:41234`.
        if remotePeer.hasPrefix("ipv4:") { return String(remotePeer.dropFirst(5).prefix { $0 != ":" }) }
        if remotePeer.hasPrefix("ipv6:[") { return String(remotePeer.dropFirst(6).prefix { $0 != "]" }) }
        return nil
    }
}
