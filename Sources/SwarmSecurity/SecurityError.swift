/// Why something about certificates, tokens, keys or sealed values was refused.
///
/// The message is for people; it never holds a secret.
public struct SecurityError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of a refusal, for callers that react to it.
    public enum Code: String, Sendable, CaseIterable {
        /// A join token is not of the form `SWMTKN-1-…-…`.
        case invalidJoinToken
        /// A root certificate is not the one that a join token names.
        case fingerprintMismatch
        /// A certificate or a chain is malformed, or not what it must be.
        case invalidCertificate
        /// A certificate chain does not lead to a trusted root, or is not valid at this time.
        case untrustedCertificate
        /// A private key cannot be read, or belongs to another certificate.
        case invalidPrivateKey
        /// A certificate signing request is malformed or its signature is wrong.
        case invalidSigningRequest
        /// A certificate was asked for that cannot be issued: name, address or life are out of range.
        case invalidRequest
        /// An unlock key is not of the form `SWMKEY-1-…`.
        case malformedUnlockKey
        /// The unlock key is well-formed but not the one that sealed this.
        case wrongUnlockKey
        /// Something is sealed by the unlock key and no key was given.
        case locked
        /// Sealed bytes are no sealed value: too short, or of an unknown format.
        case malformedSeal
        /// None of the keys at hand sealed this value.
        case unknownSealKey
        /// A sealed value was changed, or moved to another store key.
        case tamperedSeal
        /// A file cannot be read or written.
        case file
    }

    /// The kind.
    public let code: Code
    /// What happened and, where there is something, what to do next.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
