import Crypto
import FoundationEssentials
import NIOSSL
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// The root certificates a node trusts: one, or two while the root is being rotated.
public struct TrustRoots: Sendable, Equatable {
    /// The certificates, exactly as given.
    public let pem: String
    let certificates: [Certificate]

    /// Reads a bundle of root certificates.
    /// - Throws: `SecurityError.Code.invalidCertificate` if there is none, or one that is no authority's.
    public init(pem: String) throws {
        certificates = try PEM.certificates(pem, what: "root certificates")
        guard certificates.allSatisfy(\.isAuthority) else {
            throw SecurityError(.invalidCertificate, "root certificates: one of them is not that of an authority")
        }
        self.pem = pem
    }

    /// The root of an authority.
    public init(_ authority: RootAuthority) throws {
        try self.init(pem: authority.certificatePEM)
    }

    /// These and the others, each certificate once.
    public func union(_ others: TrustRoots) throws -> TrustRoots {
        let added = others.certificates.filter { !certificates.contains($0) }
        guard !added.isEmpty else { return self }
        return try TrustRoots(pem: pem + (pem.hasSuffix("\n") ? "" : "\n") + PEM.text(added))
    }

    /// From when to when all of them hold.
    public var life: CertificateLife {
        CertificateLife(
            notBefore: certificates.map(\.notValidBefore).max() ?? .distantPast,
            notAfter: certificates.map(\.notValidAfter).min() ?? .distantFuture)
    }

    /// SHA-256 of the bytes of `pem`.
    public var digest: SHA256.Digest { SHA256.hash(data: Array(pem.utf8)) }

    /// The roots in NIO's form.
    public var nioCertificates: [NIOSSLCertificate] {
        get throws {
            try certificates.map { try NIOSSLCertificate(bytes: DER.Serializer.serialized(element: $0), format: .der) }
        }
    }

    /// Verifies a chain that was not verified by a TLS handshake, such as a newly issued one, and tells whose it is.
    /// - Parameters:
    ///   - chainPEM: the node's certificate first.
    ///   - now: the time at which every certificate must be valid.
    /// - Throws: `SecurityError` with code `invalidCertificate` or `untrustedCertificate`.
    public func verify(chainPEM: String, now: Date) async throws -> PeerIdentity {
        try await verify(PEM.certificates(chainPEM, what: "certificate chain"), now: now)
    }

    /// Verifies the chain that a peer presented, where verification by the TLS library is replaced.
    /// - Throws: `SecurityError` with code `invalidCertificate` or `untrustedCertificate`.
    public func verify(peerChain: [NIOSSLCertificate], now: Date) async throws -> PeerIdentity {
        let chain = try peerChain.map { peer in
            guard let certificate = try? Certificate(derEncoded: peer.toDERBytes()) else {
                throw SecurityError(.invalidCertificate, "certificate chain: malformed certificate")
            }
            return certificate
        }
        return try await verify(chain, now: now)
    }

    private func verify(_ chain: [Certificate], now: Date) async throws -> PeerIdentity {
        guard let leaf = chain.first else {
            throw SecurityError(.invalidCertificate, "certificate chain: it is empty")
        }
        let identity = try PeerIdentity(leaf)
        guard identity.isValid(at: now) else {
            let reason = now < identity.notBefore ? "is not valid yet" : "has expired"
            throw SecurityError(.untrustedCertificate, "the certificate of node \(identity.nodeID) \(reason)")
        }
        var verifier = Verifier(rootCertificates: CertificateStore(certificates)) {
            RFC5280Policy(fixedExpiryValidationTime: now)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore(chain.dropFirst()))
        else {
            throw SecurityError(
                .untrustedCertificate, "the certificate of node \(identity.nodeID) was not signed by a root this node trusts")
        }
        return identity
    }
}
