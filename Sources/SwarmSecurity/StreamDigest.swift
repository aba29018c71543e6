import Crypto

/// The SHA-256 of bytes that come piece by piece.
public struct StreamDigest: Sendable {
    private var hash = SHA256()

    /// Of nothing yet.
    public init() {}

    /// Takes in the next bytes.
    public mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }

    /// Of all bytes so far, in lower-case hexadecimal digits.
    public var text: String { hexadecimal(hash.finalize()) }
}
