import FoundationEssentials
import NIOCertificateReloading
import NIOSSL
import SwarmSecurity
import Synchronization
import X509

/// What a manager shows to callers, and whom it believes. It may be replaced while the server runs: new connections see the new one.
///
/// A caller must show a certificate. One that a trusted root has signed makes it a node; one that it has signed itself makes it
/// nobody, who may only ask for a certificate; any other is refused. (The transport either asks callers for a certificate or does
/// not; it cannot be told to take both kinds.)
public final class ServerIdentity: CertificateReloader {
    private struct Material {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
        var roots: TrustRoots

        init(_ credentials: NodeCredentials) throws {
            chain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.identity.certificateChainPEM.utf8))
            key = try NIOSSLPrivateKey(bytes: Array(credentials.identity.keyPEM.utf8), format: .pem)
            roots = credentials.roots
        }
    }

    private let material: Mutex<Material>

    /// Shows the certificate of these credentials, and believes what their roots have signed.
    public init(_ credentials: NodeCredentials) throws { material = Mutex(try Material(credentials)) }

    /// Replaces what is shown and whom to believe.
    public func update(_ credentials: NodeCredentials) throws {
        let new = try Material(credentials)
        material.withLock { $0 = new }
    }

    public var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        var override = NIOSSLContextConfigurationOverride()
        (override.certificateChain, override.privateKey) = material.withLock {
            ($0.chain.map { .certificate($0) }, .privateKey($0.key))
        }
        return override
    }

    /// The same in the form that a server is first set up with.
    var der: (chain: [[UInt8]], key: [UInt8]) {
        get throws {
            let (chain, key) = material.withLock { ($0.chain, $0.key) }
            return (try chain.map { try $0.toDERBytes() }, try key.derBytes)
        }
    }

    /// Judges what a caller has shown.
    func verify(_ shown: [NIOSSLCertificate]) async -> NIOSSLVerificationResultWithMetadata {
        let roots = material.withLock { $0.roots }
        guard let leaf = shown.first else { return .failed }
        if (try? await roots.verify(peerChain: shown, now: Date())) != nil {
            return .certificateVerified(VerificationMetadata(ValidatedCertificateChain([leaf])))
        }
        guard shown.count == 1, let certificate = try? Certificate(derEncoded: leaf.toDERBytes()),
            certificate.issuer == certificate.subject,
            certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
        else { return .failed }
        return .certificateVerified(VerificationMetadata(nil))
    }
}
