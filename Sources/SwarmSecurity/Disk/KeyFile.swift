import FoundationEssentials
import SwiftASN1

/// The text of a file that holds a secret: in clear, or sealed by the unlock key when autolock is on.
///
/// In clear a private key is an ordinary PEM file, and anything else a PEM block of type `SWARM SECRET`. Sealed, it is
/// a block of type `SWARM SEALED SECRET` with two headers, `Sealed-By` for people who look at it and `Content`, the
/// purpose.
public enum KeyFile {
    private static let plainType = "SWARM SECRET"
    private static let sealedType = "SWARM SEALED SECRET"
    private static let sealedBegin = "-----BEGIN \(sealedType)-----"
    private static let sealedEnd = "-----END \(sealedType)-----"
    private static let sealedBy = "Sealed-By: swarm unlock key"

    /// Purpose of the node's private key; its plain form is the PEM text itself.
    public static let nodeKeyPurpose = "node-key"

    /// The file's text for a secret.
    /// - Parameters:
    ///   - secret: the bytes; for `nodeKeyPurpose` the PEM text of the key.
    ///   - purpose: what it is: lower-case letters and `-`.
    ///   - unlockKey: seals it; `nil` leaves it in clear.
    public static func text(of secret: some DataProtocol, purpose: String, sealedBy unlockKey: UnlockKey?) throws -> String {
        guard let unlockKey else {
            return purpose == nodeKeyPurpose
                ? String(decoding: secret, as: UTF8.self)
                : PEMDocument(type: plainType, derBytes: Array(secret)).pemString + "\n"
        }
        let body = try unlockKey.wrap(secret, purpose: purpose).base64EncodedString()
        return ([sealedBegin, sealedBy, "Content: \(purpose)", ""] + lines(body) + [sealedEnd, ""]).joined(separator: "\n")
    }

    /// Whether opening a file needs the unlock key.
    public static func isSealed(_ text: String) -> Bool { text.hasPrefix(sealedBegin) }

    /// The secret in a file's text. A file in clear opens whatever the key.
    /// - Throws: `SecurityError` with code `locked` if it is sealed and there is no key, `wrongUnlockKey`, `tamperedSeal`
    ///   or `malformedSeal`.
    public static func secret(in text: String, purpose: String, unlockKey: UnlockKey?) throws -> Data {
        guard isSealed(text) else {
            if purpose == nodeKeyPurpose { return Data(text.utf8) }
            guard let document = try? PEMDocument(pemString: text), document.discriminator == plainType else {
                throw malformed(purpose)
            }
            return Data(document.derBytes)
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        if lines.last == "" { lines = lines.dropLast() }
        guard lines.count > 4, Array(lines.prefix(4)) == [sealedBegin[...], sealedBy[...], "Content: \(purpose)", ""],
            lines.last == sealedEnd[...], let wrapped = Data(base64Encoded: lines.dropFirst(4).dropLast().joined())
        else { throw malformed(purpose) }
        guard let unlockKey else {
            throw SecurityError(
                .locked,
                "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it."
            )
        }
        return try unlockKey.unwrap(wrapped, purpose: purpose)
    }

    private static func malformed(_ purpose: String) -> SecurityError {
        SecurityError(.malformedSeal, "the file that holds this node's \(purpose) is damaged")
    }

    private static func lines(_ base64: String) -> [String] {
        let bytes = Array(base64.utf8)
        return stride(from: 0, to: bytes.count, by: 64).map {
            String(decoding: bytes[$0..<min($0 + 64, bytes.count)], as: UTF8.self)
        }
    }
}
