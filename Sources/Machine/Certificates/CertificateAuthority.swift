import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// A certificate and its private key, as PEM text (the key in PKCS#1: `RSA PRIVATE KEY`).
struct KeyPair: Sendable {
    var certificate: String
    var key: String
}

/// The private authority that a person's machines and clients trust.
///
/// Shapes as docker-machine's: RSA 2048, valid from five minutes ago for 1080 days, organisations for
/// names. Unlike docker-machine's, server certificates carry the machine's name and 127.0.0.1 as well.
struct CertificateAuthority: Sendable {
    let pair: KeyPair
    private let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// Days a certificate is valid.
    static let validity = 1080

    init(_ pair: KeyPair) throws {
        self.pair = pair
        self.certificate = try Certificate(pemEncoded: pair.certificate)
        self.key = try Certificate.PrivateKey(pemEncoded: pair.key)
    }

    /// Makes a new authority.
    static func create(organization: String, now: Date = Date()) throws -> CertificateAuthority {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let certificate = try sign(
            organization: organization, publicKey: .init(key.publicKey), issuer: nil, issuerKey: .init(key), now: now,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(
                    KeyUsage(digitalSignature: true, keyEncipherment: true, keyAgreement: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            })
        return try CertificateAuthority(
            KeyPair(certificate: certificate.serializeAsPEM().pemString + "\n", key: key.pemRepresentation + "\n"))
    }

    /// Signs a certificate with which a client proves itself to engines.
    func makeClientPair(organization: String, now: Date = Date()) throws -> KeyPair {
        try makePair(
            organization: organization, now: now,
            extensions: Certificate.Extensions {
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.clientAuth])
            })
    }

    /// Signs a certificate for an engine that is reached under the given names and addresses.
    func makeServerPair(organization: String, names: [String], now: Date = Date()) throws -> KeyPair {
        try makePair(
            organization: organization, now: now,
            extensions: Certificate.Extensions {
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyAgreement: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map(Self.generalName))
            })
    }

    private func makePair(organization: String, now: Date, extensions: Certificate.Extensions) throws -> KeyPair {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let certificate = try Self.sign(
            organization: organization, publicKey: .init(key.publicKey), issuer: certificate.subject,
            issuerKey: self.key, now: now, extensions: extensions)
        return KeyPair(
            certificate: try certificate.serializeAsPEM().pemString + "\n", key: key.pemRepresentation + "\n")
    }

    private static func sign(
        organization: String, publicKey: Certificate.PublicKey, issuer: DistinguishedName?,
        issuerKey: Certificate.PrivateKey, now: Date, extensions: Certificate.Extensions
    ) throws -> Certificate {
        let subject = try DistinguishedName { OrganizationName(organization) }
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey,
            notValidBefore: now.addingTimeInterval(-5 * 60),
            notValidAfter: now.addingTimeInterval(Double(validity) * 86_400),
            issuer: issuer ?? subject, subject: subject, signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: extensions, issuerPrivateKey: issuerKey)
    }

    private static func generalName(_ name: String) -> GeneralName {
        if let address = IPAddress(name) { return .ipAddress(ASN1OctetString(contentBytes: address.bytes[...])) }
        return .dnsName(name)
    }
}
