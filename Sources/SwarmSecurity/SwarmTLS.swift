import NIOSSL
import SwarmModel

/// How nodes talk to each other: TLS 1.3, HTTP/2, certificates of the swarm's own root.
///
/// Both ends are always this program, so there is nothing older to be compatible with.
public enum SwarmTLS {
    /// The name that every client asks for and only managers' certificates have: a worker cannot pose as a manager.
    public static let managerServerName = NodeRole.manager.certificateName
    /// The name to ask for while joining; managers' certificates have it too.
    public static let authorityServerName = RootAuthority.commonName
    /// The application protocol (RFC 9113).
    public static let applicationProtocols = ["h2"]

    /// A manager's server.
    ///
    /// A client may come without certificate (it wants to join), but one that it shows must lead to `roots`; else the
    /// handshake fails.
    public static func server(_ identity: NodeIdentity, roots: TrustRoots) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain(identity), privateKey: try key(identity))
        configuration.trustRoots = .certificates(try roots.nioCertificates)
        configuration.certificateVerification = .optionalVerification
        return common(configuration)
    }

    /// A node as client of a manager. Connect with `managerServerName`.
    public static func client(_ identity: NodeIdentity, roots: TrustRoots) throws -> TLSConfiguration {
        var configuration = try joiningClient(roots: roots)
        configuration.certificateChain = try chain(identity)
        configuration.privateKey = try key(identity)
        return configuration
    }

    /// A client without certificate, which knows the root already: it asks for its certificate. Connect with
    /// `authorityServerName`.
    public static func joiningClient(roots: TrustRoots) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try roots.nioCertificates)
        configuration.certificateVerification = .fullVerification
        return common(configuration)
    }

    /// A client that does not know whom to trust yet: it may fetch the root certificate, which `JoinToken.verify`
    /// must then accept, and nothing else may go over the connection.
    public static func unverifiedClient() -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return common(configuration)
    }

    private static func common(_ base: TLSConfiguration) -> TLSConfiguration {
        var configuration = base
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = applicationProtocols
        return configuration
    }

    private static func chain(_ identity: NodeIdentity) throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMBytes(Array(identity.certificateChainPEM.utf8)).map { .certificate($0) }
    }

    private static func key(_ identity: NodeIdentity) throws -> NIOSSLPrivateKeySource {
        .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem))
    }
}
