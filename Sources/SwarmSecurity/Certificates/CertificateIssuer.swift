import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// Who signed a node's certificate, in the form in which the Engine API's `TLSInfo` tells it.
///
/// `TLSInfo.CertIssuerSubject` and `TLSInfo.CertIssuerPublicKey` are the base64 of these bytes.
public struct CertificateIssuer: Sendable, Hashable {
    /// DER of the issuer's distinguished name.
    public let subject: Data
    /// DER of the issuer's SubjectPublicKeyInfo. It is the same for a root and for its cross-signed twin, so that
    /// during root rotation it tells which root's key signed a node.
    public let publicKey: Data

    /// Lower-case hexadecimal SHA-256 of `publicKey`.
    public var publicKeyDigest: String { hexadecimal(SHA256.hash(data: publicKey)) }

    /// What nodes report of their issuer, from the API's fields.
    public init(subject: Data, publicKey: Data) {
        self.subject = subject
        self.publicKey = publicKey
    }

    init(_ authority: Certificate) throws {
        subject = Data(try DER.Serializer.serialized(element: authority.subject))
        publicKey = Data(try DER.Serializer.serialized(element: authority.publicKey))
    }
}

extension DER.Serializer {
    static func serialized(element: some DERSerializable) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(element)
        return serializer.serializedBytes
    }
}
