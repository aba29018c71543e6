import Crypto

/// What a node shows to join a swarm: which root certificate to trust, and a secret that names the role it gets.
///
/// The form is Docker's: `SWMTKN-1-`, the SHA-256 of the root certificate's PEM bytes in base 36 (50 digits), `-`,
/// 16 random bytes in base 36 (25 digits). Rotating a token changes the secret; rotating the root changes the digest.
public struct JoinToken: Sendable, Hashable, CustomStringConvertible {
    /// SHA-256 of the PEM bytes of the root certificate: 32 bytes.
    public let rootDigest: [UInt8]
    private let secret: [UInt8]

    private static let digestDigits = 50
    private static let secretDigits = 25

    /// A token with a new secret for the root certificate of this digest (32 bytes).
    public init(rootDigest: SHA256.Digest, using random: inout some RandomNumberGenerator) {
        self.rootDigest = Array(rootDigest)
        secret = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    private init(rootDigest: [UInt8], secret: [UInt8]) {
        self.rootDigest = rootDigest
        self.secret = secret
    }

    /// Reads a token.
    /// - Throws: `SecurityError.Code.invalidJoinToken`, with Docker's text, for anything but the exact form.
    public init(parsing text: String) throws {
        let parts = text.utf8.count == 85 ? text.split(separator: "-", omittingEmptySubsequences: false) : []
        guard parts.count == 4, parts[0] == "SWMTKN", parts[1] == "1",
            parts[2].utf8.count == Self.digestDigits, parts[3].utf8.count == Self.secretDigits,
            let digest = Base36.decode(parts[2], byteCount: 32), let secret = Base36.decode(parts[3], byteCount: 16)
        else { throw SecurityError(.invalidJoinToken, "invalid join token") }
        self.init(rootDigest: digest, secret: secret)
    }

    /// The token as users copy it.
    public var text: String {
        "SWMTKN-1-" + Base36.encode(rootDigest, width: Self.digestDigits) + "-"
            + Base36.encode(secret, width: Self.secretDigits)
    }

    /// The same secret for another root certificate: what root rotation does to the tokens.
    public func with(rootDigest: SHA256.Digest) -> JoinToken {
        JoinToken(rootDigest: Array(rootDigest), secret: secret)
    }

    /// Whether the two tokens hold the same secret; the digest does not count. Takes the same time for any two tokens.
    public func hasSameSecret(as other: JoinToken) -> Bool { equalInConstantTime(secret, other.secret) }

    /// Checks a root certificate that came over an unverified connection.
    /// - Throws: `SecurityError.Code.fingerprintMismatch`, with Docker's text, unless its bytes are those the token names.
    public func verify(rootCertificatePEM: some Sequence<UInt8>) throws {
        guard equalInConstantTime(Array(SHA256.hash(data: Array(rootCertificatePEM))), rootDigest) else {
            throw SecurityError(
                .fingerprintMismatch, "remote CA does not match fingerprint. Expected: \(hexadecimal(rootDigest))")
        }
    }

    /// Names the root, not the secret, so that a token may end up in a log.
    public var description: String { "JoinToken(root \(hexadecimal(rootDigest.prefix(6)))…)" }

    /// Equality of digest and secret, in constant time.
    public static func == (left: JoinToken, right: JoinToken) -> Bool {
        equalInConstantTime(left.rootDigest + left.secret, right.rootDigest + right.secret)
    }
}
