import Crypto
import FoundationEssentials

/// The key that an operator types after a manager's restart when autolock is on: `SWMKEY-1-` and 32 bytes in base64
/// without padding.
public struct UnlockKey: Sendable, Equatable, CustomStringConvertible {
    private static let prefix = "SWMKEY-1-"
    private let key: DataKey

    /// A new key from the system's random numbers.
    public init() {
        key = DataKey()
    }

    /// Reads a key as users type it; spaces and line ends around it do not matter.
    /// - Throws: `SecurityError.Code.malformedUnlockKey` with Docker's text.
    public init(parsing text: String) throws {
        let malformed = SecurityError(.malformedUnlockKey, "invalid key string")
        // 43 digits are 32 bytes and two bits; a decoder of its own is not worth it, Data wants its padding back.
        guard let start = text.firstIndex(where: { !$0.isWhitespace }), text.utf8.count < 256 else { throw malformed }
        let end = text.lastIndex(where: { !$0.isWhitespace }) ?? start
        let trimmed = text[start...end]
        guard trimmed.hasPrefix(Self.prefix) else { throw malformed }
        let digits = trimmed.dropFirst(Self.prefix.count)
        guard digits.utf8.count == 43, let bytes = Data(base64Encoded: digits + "="), let key = DataKey(bytes: bytes)
        else { throw malformed }
        self.key = key
        // Two unused bits of the last digit: only one spelling of a key is accepted.
        guard self.text == String(trimmed) else { throw malformed }
    }

    /// The key as users type it.
    public var text: String {
        Self.prefix + key.bytes.base64EncodedString().prefix { $0 != "=" }
    }

    /// Seals a secret, such as a data key or a private key, with this key.
    /// - Parameter purpose: what the secret is; it opens for the same purpose only.
    public func wrap(_ secret: some DataProtocol, purpose: String) throws -> Data {
        try Seal(key: key).seal(secret, storeKey: Self.context(purpose))
    }

    /// Opens what `wrap` sealed.
    /// - Throws: `SecurityError.Code.wrongUnlockKey`, with Docker's text, if another key sealed it; `malformedSeal` or
    ///   `tamperedSeal` if the bytes were damaged or are for another purpose.
    public func unwrap(_ wrapped: some DataProtocol, purpose: String) throws -> Data {
        do {
            return try Seal(key: key).open(wrapped, storeKey: Self.context(purpose))
        } catch let error as SecurityError where error.code == .unknownSealKey {
            throw SecurityError(.wrongUnlockKey, "swarm could not be unlocked: invalid key provided")
        }
    }

    private static func context(_ purpose: String) -> String { "unlock:\(purpose)" }

    /// Tells nothing of the key.
    public var description: String { "UnlockKey(…)" }
}
