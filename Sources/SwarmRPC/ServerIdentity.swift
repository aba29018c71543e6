import NIOCertificateReloading
import NIOCore
import NIOSSL
import SwarmSecurity
import Synchronization
import X509

/// What a manager shows to callers, and whom it believes. It may be replaced while the server runs: new connections see the new one.
///
/// A caller must show a certificate. One that a trusted root has signed makes it a node; one that it has signed itself makes it
/// nobody, who may only ask for a certificate; any other is refused. (Callers without any certificate cannot be told apart from
/// nodes by the transport, which either asks for one or does not.)
public final class ServerIdentity: CertificateReloader {
    private struct Material {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
        var roots: [Certificate]
    }

    private let material: Mutex<Material>

    /// - Parameters:
    ///   - chain: PEM: the node's certificate and what stands between it and the root.
    ///   - key: PEM.
    ///   - roots: PEM; one or more.
    public init(chain: String, key: String, roots: String) throws {
        self.material = Mutex(try Self.material(chain: chain, key: key, roots: roots))
    }

    /// Replaces all of it.
    public func update(chain: String, key: String, roots: String) throws {
        let new = try Self.material(chain: chain, key: key, roots: roots)
        material.withLock { $0 = new }
    }

    private static func material(chain: String, key: String, roots: String) throws -> Material {
        Material(
            chain: try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)),
            key: try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem),
            roots: try NIOSSLCertificate.fromPEMBytes(Array(roots.utf8)).map { try Certificate($0) })
    }

    public var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        var override = NIOSSLContextConfigurationOverride()
        (override.certificateChain, override.privateKey) = material.withLock {
            ($0.chain.map { .certificate($0) }, .privateKey($0.key))
        }
        return override
    }

    /// The same in the form that a server is first set up with.
    var pem: (chain: [[UInt8]], key: [UInt8]) {
        get throws {
            let (chain, key) = material.withLock { ($0.chain, $0.key) }
            return (try chain.map { try $0.toDERBytes() }, try key.derBytes)
        }
    }

    /// Judges what a caller has shown.
    func verify(_ shown: [NIOSSLCertificate]) async -> NIOSSLVerificationResultWithMetadata {
        guard let leaf = shown.first, let certificates = try? shown.map({ try Certificate($0) }) else { return .failed }
        let roots = material.withLock { $0.roots }
        var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy()
        }
        let result = await verifier.validate(
            leaf: certificates[0], intermediates: CertificateStore(certificates.dropFirst()))
        if case .validCertificate = result { return .certificateVerified(VerificationMetadata(ValidatedCertificateChain([leaf]))) }
        let isSelfSigned =
            certificates.count == 1 && certificates[0].issuer == certificates[0].subject
            && certificates[0].publicKey.isValidSignature(certificates[0].signature, for: certificates[0])
        return isSelfSigned ? .certificateVerified(VerificationMetadata(nil)) : .failed
    }
}

extension Certificate {
    init(_ certificate: NIOSSLCertificate) throws { try self.init(derEncoded: try certificate.toDERBytes()) }
}
