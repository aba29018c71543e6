/// How a name server answers (RFC 1035, section 4.1.1).
public enum ResponseCode: UInt8, Sendable {
    case noError = 0
    /// The question could not be read.
    case formatError = 1
    case serverFailure = 2
    /// There is no such name.
    case nameError = 3
    case notImplemented = 4
    case refused = 5
}
