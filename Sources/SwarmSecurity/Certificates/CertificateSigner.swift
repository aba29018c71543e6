import FoundationEssentials
import SwiftASN1
import X509

/// A certificate and its key, which sign other certificates: what the swarm's root and the store's authority share.
struct CertificateSigner: Sendable, Equatable {
    let certificate: Certificate
    let key: Certificate.PrivateKey

    /// How far certificates begin before they are issued, in seconds: nodes' clocks differ.
    static let backdate: TimeInterval = 3600

    /// A new self-signed authority.
    /// - Parameter life: seconds from `now` to its end.
    static func create(commonName: String, key: NodeKey, life: TimeInterval, now: Date) throws -> CertificateSigner {
        let name = try DistinguishedName { CommonName(commonName) }
        let privateKey = Certificate.PrivateKey(key.privateKey)
        let certificate = try Certificate(
            version: .v3, serialNumber: serialNumber(), publicKey: privateKey.publicKey,
            notValidBefore: now.addingTimeInterval(-backdate), notValidAfter: now.addingTimeInterval(life),
            issuer: name, subject: name, extensions: authorityExtensions(of: privateKey.publicKey, signedBy: nil),
            issuerPrivateKey: privateKey)
        return CertificateSigner(certificate: certificate, key: privateKey)
    }

    /// An authority from PEM; the text is kept as it is by whoever needs its digest.
    static func load(certificatePEM: String, keyPEM: String, what: String) throws -> CertificateSigner {
        let certificates = try PEM.certificates(certificatePEM, what: what)
        guard let certificate = certificates.first, certificates.count == 1 else {
            throw SecurityError(
                .invalidCertificate, "\(what): expected exactly one certificate, found \(certificates.count)")
        }
        guard certificate.isAuthority else {
            throw SecurityError(
                .invalidCertificate,
                "\(what): the certificate is not that of an authority (basic constraints CA:TRUE, key usage certificate signing)")
        }
        let key = try PEM.privateKey(keyPEM, what: "key of \(what)")
        guard key.publicKey == certificate.publicKey else {
            throw SecurityError(.invalidPrivateKey, "\(what): the private key does not belong to the certificate")
        }
        return CertificateSigner(certificate: certificate, key: key)
    }

    /// A certificate for someone who only proves who it is.
    /// - Parameter notAfter: its end; it never outlives the authority's own.
    func issue(
        publicKey: Certificate.PublicKey, subject: DistinguishedName, names: [GeneralName], notAfter: Date, now: Date
    ) throws -> Certificate {
        guard now < certificate.notValidAfter else {
            throw SecurityError(.invalidRequest, "issuing a certificate: the authority's own certificate has expired")
        }
        return try Certificate(
            version: .v3, serialNumber: Self.serialNumber(), publicKey: publicKey,
            notValidBefore: now.addingTimeInterval(-Self.backdate),
            notValidAfter: min(notAfter, certificate.notValidAfter), issuer: certificate.subject, subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: keyIdentifier)
                SubjectAlternativeNames(names)
            },
            issuerPrivateKey: key)
    }

    /// The certificate of another authority with its name and key, signed by this one: who trusts this one then
    /// trusts what the other signs.
    func crossSign(_ other: Certificate, now: Date) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: Self.serialNumber(), publicKey: other.publicKey,
            notValidBefore: now.addingTimeInterval(-Self.backdate),
            notValidAfter: min(certificate.notValidAfter, other.notValidAfter),
            issuer: certificate.subject, subject: other.subject,
            // Both authorities have the same name. Only the key identifiers tell a verifier that this certificate is
            // not self-signed and which root comes next.
            extensions: Self.authorityExtensions(
                of: other.publicKey, identifier: other.ownKeyIdentifier, signedBy: keyIdentifier),
            issuerPrivateKey: key)
    }

    private var keyIdentifier: ArraySlice<UInt8> { certificate.ownKeyIdentifier }

    private static func authorityExtensions(
        of publicKey: Certificate.PublicKey, identifier: ArraySlice<UInt8>? = nil, signedBy issuer: ArraySlice<UInt8>?
    ) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            identifier.map { SubjectKeyIdentifier(keyIdentifier: $0) } ?? SubjectKeyIdentifier(hash: publicKey)
            if let issuer { AuthorityKeyIdentifier(keyIdentifier: issuer) }
        }
    }

    /// 159 random bits: positive and within the 20 bytes that RFC 5280, section 4.1.2.2, allows.
    private static func serialNumber() -> Certificate.SerialNumber {
        var random = SystemRandomNumberGenerator()
        var bytes = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        bytes[0] = bytes[0] & 0x7f | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }
}

extension Certificate {
    /// Whether it may sign certificates.
    var isAuthority: Bool {
        guard let constraints = try? extensions.basicConstraints, case .isCertificateAuthority = constraints else { return false }
        guard let usage = try? extensions.keyUsage else { return extensions[oid: .X509ExtensionID.keyUsage] == nil }
        return usage.keyCertSign
    }

    /// Its own key identifier; where it has none, the one RFC 5280 would give it.
    var ownKeyIdentifier: ArraySlice<UInt8> {
        let identifier = try? extensions.subjectKeyIdentifier
        return (identifier ?? SubjectKeyIdentifier(hash: publicKey)).keyIdentifier
    }
}
