import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// What an authority takes from a certificate signing request: the public key, once its owner has proven to hold the
/// private one.
enum SigningRequest {
    private static let byteLimit = 4096

    /// The key of a request.
    /// - Throws: `SecurityError.Code.invalidSigningRequest`, with one text whatever is wrong.
    static func verifiedKey(_ der: some DataProtocol) throws -> Certificate.PublicKey {
        guard der.count <= byteLimit, let request = try? CertificateSigningRequest(derEncoded: Array(der)),
            P256.Signing.PublicKey(request.publicKey) != nil,
            request.publicKey.isValidSignature(request.signature, for: request)
        else {
            throw SecurityError(
                .invalidSigningRequest,
                "the certificate signing request is not valid: expected PKCS#10 in DER, for a P-256 key and signed by it")
        }
        return request.publicKey
    }
}
