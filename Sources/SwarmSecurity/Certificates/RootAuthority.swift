import Crypto
import FoundationEssentials
import SwarmModel
import SwiftASN1
import X509

/// The swarm's certificate authority: every manager holds it, and signs the certificates of joining nodes with it.
public struct RootAuthority: Sendable, Equatable, CustomStringConvertible {
    /// Common name of the root certificate.
    public static let commonName = "swarm-ca"
    /// Life of a root certificate in seconds: 20 years of 365 days.
    public static let life: TimeInterval = 630_720_000
    /// Life of node certificates unless the swarm's specification says otherwise: 90 days.
    public static let defaultNodeLife: Duration = .seconds(2160 * 3600)
    /// The shortest life that may be asked for.
    public static let minimumNodeLife: Duration = .seconds(3600)

    private let signer: CertificateSigner
    /// The root certificate. These exact bytes matter: join tokens hold their digest.
    public let certificatePEM: String
    /// The root's private key (PKCS#8). Only the store, sealed, and managers' memory may hold it.
    public let keyPEM: String
    /// Certificates that follow a node's own in its chain: during root rotation the new root as signed by the old one.
    public var intermediatesPEM: [String]

    /// A new authority with a new key.
    public static func create(now: Date) throws -> RootAuthority {
        let key = NodeKey()
        let signer = try CertificateSigner.create(commonName: commonName, key: key, life: life, now: now)
        return try RootAuthority(
            signer: signer, certificatePEM: PEM.text([signer.certificate]), keyPEM: key.pem, intermediatesPEM: [])
    }

    /// An authority that was kept.
    /// - Throws: `SecurityError` with code `invalidCertificate` or `invalidPrivateKey`.
    public init(certificatePEM: String, keyPEM: String, intermediatesPEM: [String] = []) throws {
        let signer = try CertificateSigner.load(
            certificatePEM: certificatePEM, keyPEM: keyPEM, what: "root certificate of the swarm")
        for pem in intermediatesPEM { _ = try PEM.certificates(pem, what: "intermediate certificate") }
        self.init(signer: signer, certificatePEM: certificatePEM, keyPEM: keyPEM, intermediatesPEM: intermediatesPEM)
    }

    /// An authority that the operator gives (`docker swarm ca --rotate --ca-cert … --ca-key …`).
    ///
    /// The certificate is written anew, so that spaces or comments around it do not count.
    /// - Throws: `SecurityError` unless there is one certificate, of an authority, valid now and for a year more, signed by
    ///   itself, and the key belongs to it.
    public static func supplied(certificatePEM: String, keyPEM: String, now: Date) throws -> RootAuthority {
        let what = "CA certificate"
        let signer = try CertificateSigner.load(certificatePEM: certificatePEM, keyPEM: keyPEM, what: what)
        let certificate = signer.certificate
        guard certificate.issuer == certificate.subject,
            certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
        else {
            throw SecurityError(.invalidCertificate, "\(what): it is not signed by itself; give a root certificate")
        }
        guard certificate.notValidBefore <= now else {
            throw SecurityError(.invalidCertificate, "\(what): it is not valid yet")
        }
        guard certificate.notValidAfter >= now.addingTimeInterval(365 * 86400) else {
            throw SecurityError(.invalidCertificate, "\(what): it expires in less than one year")
        }
        return try RootAuthority(
            signer: signer, certificatePEM: PEM.text([certificate]), keyPEM: signer.key.serializeAsPEM().pemString + "\n",
            intermediatesPEM: [])
    }

    private init(signer: CertificateSigner, certificatePEM: String, keyPEM: String, intermediatesPEM: [String]) {
        self.signer = signer
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.intermediatesPEM = intermediatesPEM
    }

    /// SHA-256 of the bytes of `certificatePEM`: what join tokens hold.
    public var digest: SHA256.Digest { SHA256.hash(data: Array(certificatePEM.utf8)) }

    /// What nodes that this authority signs report as their issuer.
    public var issuer: CertificateIssuer {
        get throws { try CertificateIssuer(signer.certificate) }
    }

    /// The end of the root certificate.
    public var notAfter: Date { signer.certificate.notValidAfter }

    /// The new root's certificate signed by this root's key, so that nodes which only trust this root accept what the
    /// new one signs. Put it into the new root's `intermediatesPEM` for as long as the rotation runs.
    public func crossSign(_ newRoot: RootAuthority, now: Date) throws -> String {
        try PEM.text([signer.crossSign(newRoot.signer.certificate, now: now)])
    }

    /// A node's certificate and what follows it in the chain, in PEM.
    /// - Parameters:
    ///   - signingRequest: PKCS#10 in DER. Its signature must be right; whom it names does not matter.
    ///   - nodeID: common name; 1 to 64 letters, digits, `-`, `_`, `.`.
    ///   - role: organizational unit.
    ///   - clusterID: organization; of the same form as `nodeID`.
    ///   - life: from `now` to the end; at least an hour. The certificate never outlives the root's.
    /// - Throws: `SecurityError` with code `invalidSigningRequest` or `invalidRequest`.
    public func issue(
        signingRequest: some DataProtocol, nodeID: String, role: NodeRole, clusterID: String,
        life: Duration = defaultNodeLife, now: Date
    ) throws -> String {
        guard NodeName.isValid(nodeID), NodeName.isValid(clusterID) else {
            throw SecurityError(
                .invalidRequest,
                "issuing a certificate: a node or cluster ID is empty, too long or has characters that IDs do not have")
        }
        try Self.validate(nodeLife: life)
        let publicKey = try SigningRequest.verifiedKey(signingRequest)
        let subject = try DistinguishedName {
            OrganizationName(clusterID)
            OrganizationalUnitName(role.certificateName)
            CommonName(nodeID)
        }
        let certificate = try signer.issue(
            publicKey: publicKey, subject: subject, names: NodeName.dnsNames(nodeID: nodeID, role: role).map { .dnsName($0) },
            notAfter: now.addingTimeInterval(TimeInterval(life.components.seconds)), now: now)
        return try PEM.text([certificate]) + intermediatesPEM.joined()
    }

    /// Refuses a life of node certificates that is too short.
    /// - Throws: `SecurityError.Code.invalidRequest` with Docker's text.
    public static func validate(nodeLife: Duration) throws {
        guard nodeLife >= minimumNodeLife else {
            throw SecurityError(.invalidRequest, "minimum certificate expiry time is: 1h0m0s")
        }
    }

    /// Names the certificate; tells nothing of the key.
    public var description: String { "RootAuthority(\(hexadecimal(digest.prefix(6)))…)" }
}
