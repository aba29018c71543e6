import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// A node's private key: ECDSA on P-256. It is made on the node and never leaves it.
public struct NodeKey: Sendable, Equatable, CustomStringConvertible {
    let privateKey: P256.Signing.PrivateKey

    /// A new key from the system's random numbers.
    public init() {
        privateKey = P256.Signing.PrivateKey()
    }

    /// Reads a key from PEM (PKCS#8 or SEC 1).
    /// - Throws: `SecurityError.Code.invalidPrivateKey`.
    public init(pem: String) throws {
        guard pem.utf8.count <= PEM.byteLimit, let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
            throw SecurityError(.invalidPrivateKey, "the node's private key is no P-256 key in PEM form")
        }
        privateKey = key
    }

    /// The key in PEM (PKCS#8), ending in a line end.
    public var pem: String { privateKey.pemRepresentation + "\n" }

    /// A certificate signing request (PKCS#10, DER) that proves possession of this key.
    ///
    /// It names nobody: the authority decides the subject, from what it knows of the node.
    public func signingRequest() throws -> Data {
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: Certificate.PrivateKey(privateKey), attributes: .init())
        return Data(try DER.Serializer.serialized(element: request))
    }

    /// Tells nothing of the key.
    public var description: String { "NodeKey(…)" }

    /// Compares the private scalars.
    public static func == (left: NodeKey, right: NodeKey) -> Bool {
        equalInConstantTime(Array(left.privateKey.rawRepresentation), Array(right.privateKey.rawRepresentation))
    }
}
