import FoundationEssentials
import SwiftASN1
import X509

/// A second authority, for the members of the store among each other.
///
/// Every node has a certificate of the swarm's root, workers too; only managers may replicate the store, so its members
/// trust an authority that signs for managers and for nothing else.
public struct PeerAuthority: Sendable, Equatable, CustomStringConvertible {
    /// Common name of the authority's certificate.
    public static let commonName = "swarm-store-ca"

    private let signer: CertificateSigner
    /// The authority's certificate: what members trust.
    public let certificatePEM: String
    /// The authority's private key (PKCS#8).
    public let keyPEM: String

    /// A member's certificate and key, in PEM.
    public struct Credentials: Sendable, Equatable, CustomStringConvertible {
        /// The certificate.
        public let certificatePEM: String
        /// The key (PKCS#8).
        public let keyPEM: String
        /// End of the certificate.
        public let notAfter: Date
        /// Tells nothing of the key.
        public var description: String { "PeerAuthority.Credentials(until \(notAfter))" }
    }

    /// A new authority with a new key; it lives as long as a swarm root.
    public static func create(now: Date) throws -> PeerAuthority {
        let key = NodeKey()
        let signer = try CertificateSigner.create(commonName: commonName, key: key, life: RootAuthority.life, now: now)
        return try PeerAuthority(signer: signer, certificatePEM: PEM.text([signer.certificate]), keyPEM: key.pem)
    }

    /// An authority that was kept.
    /// - Throws: `SecurityError` with code `invalidCertificate` or `invalidPrivateKey`.
    public init(certificatePEM: String, keyPEM: String) throws {
        let signer = try CertificateSigner.load(
            certificatePEM: certificatePEM, keyPEM: keyPEM, what: "certificate of the store's authority")
        self.init(signer: signer, certificatePEM: certificatePEM, keyPEM: keyPEM)
    }

    private init(signer: CertificateSigner, certificatePEM: String, keyPEM: String) {
        self.signer = signer
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }

    /// A certificate, with a new key, for one member. etcd reads both files anew for every connection, so a
    /// certificate can be replaced while it runs.
    /// - Parameters:
    ///   - nodeID: common name.
    ///   - addresses: what other members call it by, and connect from: IPv4 and IPv6 addresses, DNS names. At least one.
    ///   - life: from `now` to the end.
    /// - Throws: `SecurityError.Code.invalidRequest`.
    public func issue(
        nodeID: String, addresses: [String], life: Duration = RootAuthority.defaultNodeLife, now: Date
    ) throws -> Credentials {
        guard NodeName.isValid(nodeID) else {
            throw SecurityError(.invalidRequest, "issuing a certificate for the store: '\(nodeID)' is no node ID")
        }
        guard !addresses.isEmpty else {
            throw SecurityError(.invalidRequest, "issuing a certificate for the store: node \(nodeID) has no address")
        }
        try RootAuthority.validate(nodeLife: life)
        let key = NodeKey()
        let certificate = try signer.issue(
            publicKey: Certificate.PublicKey(key.privateKey.publicKey), subject: DistinguishedName { CommonName(nodeID) },
            names: addresses.map { try Self.name(of: $0) },
            notAfter: now.addingTimeInterval(TimeInterval(life.components.seconds)), now: now)
        return try Credentials(
            certificatePEM: PEM.text([certificate]), keyPEM: key.pem, notAfter: certificate.notValidAfter)
    }

    static func name(of address: String) throws -> GeneralName {
        if let bytes = IPAddress.bytes(of: address) { return .ipAddress(ASN1OctetString(contentBytes: bytes[...])) }
        let labels = address.split(separator: ".", omittingEmptySubsequences: false)
        guard address.utf8.count <= 253,
            labels.allSatisfy({ (1...63).contains($0.utf8.count) && NodeName.isValid(String($0)) })
        else {
            throw SecurityError(
                .invalidRequest, "issuing a certificate for the store: '\(address)' is no IP address and no DNS name")
        }
        return .dnsName(address)
    }

    /// Tells nothing of the key.
    public var description: String { "PeerAuthority(\(Self.commonName))" }
}
