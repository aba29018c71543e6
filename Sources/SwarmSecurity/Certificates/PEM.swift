import SwiftASN1
import X509

/// Reading and writing of certificates in PEM.
enum PEM {
    /// More than any chain or bundle of ours needs; a peer cannot make us parse megabytes.
    static let byteLimit = 64 << 10

    /// All certificates of `text`, which holds nothing else in PEM blocks.
    /// - Throws: `SecurityError.Code.invalidCertificate`.
    static func certificates(_ text: String, what: String) throws -> [Certificate] {
        guard text.utf8.count <= byteLimit else {
            throw SecurityError(.invalidCertificate, "\(what): longer than \(byteLimit) bytes")
        }
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: text)
        } catch {
            throw SecurityError(.invalidCertificate, "\(what): this is no PEM text of certificates")
        }
        guard !documents.isEmpty else {
            throw SecurityError(.invalidCertificate, "\(what): there is no certificate in PEM form")
        }
        return try documents.map { document in
            guard document.discriminator == Certificate.defaultPEMDiscriminator else {
                throw SecurityError(
                    .invalidCertificate, "\(what): expected certificates only, found a block of \(document.discriminator)")
            }
            do {
                return try Certificate(derEncoded: document.derBytes)
            } catch {
                throw SecurityError(.invalidCertificate, "\(what): malformed certificate")
            }
        }
    }

    /// The certificates one after the other, each ending in a line end.
    static func text(_ certificates: [Certificate]) throws -> String {
        try certificates.map { try $0.serializeAsPEM().pemString + "\n" }.joined()
    }

    /// A private key of any kind that may sign certificates: PKCS#8, SEC 1 or PKCS#1, not encrypted.
    static func privateKey(_ text: String, what: String) throws -> Certificate.PrivateKey {
        guard text.utf8.count <= byteLimit, let key = try? Certificate.PrivateKey(pemEncoded: text) else {
            throw SecurityError(
                .invalidPrivateKey,
                "\(what): not a private key that can be read; give it in PEM form (ECDSA or RSA), not encrypted")
        }
        return key
    }
}
