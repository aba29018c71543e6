import FoundationEssentials
import SwarmModel
import X509

/// What a node is in its swarm, with the certificate chain and the key that prove it.
public struct NodeIdentity: Sendable, Equatable, CustomStringConvertible {
    /// Node, role, swarm and validity, as the certificate tells them.
    public let peer: PeerIdentity
    /// The node's certificate and the intermediates that follow it.
    public let certificateChainPEM: String
    /// The node's key.
    public let key: NodeKey
    /// Who signed the certificate.
    public let issuer: CertificateIssuer

    /// The node's ID.
    public var nodeID: String { peer.nodeID }
    /// The node's role.
    public var role: NodeRole { peer.role }
    /// The swarm's ID.
    public var clusterID: String { peer.clusterID }
    /// Begin of validity: an hour before the certificate was issued.
    public var notBefore: Date { peer.notBefore }
    /// End of validity.
    public var notAfter: Date { peer.notAfter }
    /// The private key in PEM (PKCS#8).
    public var keyPEM: String { key.pem }
    /// Lower-case hexadecimal SHA-256 of the issuer's public key.
    public var issuerKeyDigest: String { issuer.publicKeyDigest }

    /// Reads an identity. An expired one is read too: its owner wants to know that it has expired.
    /// - Parameters:
    ///   - certificateChainPEM: the node's certificate first.
    ///   - key: the key of that certificate.
    ///   - roots: where the issuer is looked for if it is not in the chain.
    /// - Throws: `SecurityError` with code `invalidCertificate`, `invalidPrivateKey` (of another certificate), or
    ///   `untrustedCertificate` if neither chain nor roots hold the certificate's issuer.
    public init(certificateChainPEM: String, key: NodeKey, roots: TrustRoots) throws {
        let chain = try PEM.certificates(certificateChainPEM, what: "certificate of this node")
        let leaf = chain[0]
        peer = try PeerIdentity(leaf)
        guard leaf.publicKey == Certificate.PublicKey(key.privateKey.publicKey) else {
            throw SecurityError(.invalidPrivateKey, "the private key does not belong to the certificate of this node")
        }
        let authority = (chain.dropFirst() + roots.certificates).first {
            $0.subject == leaf.issuer && $0.publicKey.isValidSignature(leaf.signature, for: leaf)
        }
        guard let authority else {
            throw SecurityError(
                .untrustedCertificate, "the certificate of this node was signed by none of the roots it trusts")
        }
        issuer = try CertificateIssuer(authority)
        self.certificateChainPEM = certificateChainPEM
        self.key = key
    }

    /// Whether the certificate has expired, or is not valid yet.
    public func isValid(at now: Date) -> Bool { peer.isValid(at: now) }

    /// When to ask for the next certificate: see `CertificateLife`.
    public func renewalDate(using random: inout some RandomNumberGenerator) -> Date { peer.life.renewalDate(using: &random) }

    /// Names the node; tells nothing of the key.
    public var description: String { "NodeIdentity(\(role) \(nodeID) of \(clusterID))" }
}
