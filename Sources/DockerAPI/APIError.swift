/// A request that is refused: an HTTP status and the text that the `docker` command shows after `Error response from daemon:`.
public struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// 400 to 599.
    public var status: Int
    public var message: String

    public init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    public var description: String { message }

    /// As clients read errors that managers of Swarm mode return: the code of the remote call goes before the text.
    ///
    /// Which code has which status: `/info` and `/_ping` aside, as the engine maps them.
    public static func remote(_ code: Code, _ text: String) -> APIError {
        APIError(code.status, "rpc error: code = \(code.rawValue) desc = \(text)")
    }

    /// The codes of gRPC that clients get to see.
    public enum Code: String, Sendable {
        case invalidArgument = "InvalidArgument"
        case failedPrecondition = "FailedPrecondition"
        case outOfRange = "OutOfRange"
        case unauthenticated = "Unauthenticated"
        case permissionDenied = "PermissionDenied"
        case notFound = "NotFound"
        case alreadyExists = "AlreadyExists"
        case unimplemented = "Unimplemented"
        case unavailable = "Unavailable"
        case unknown = "Unknown"
        case deadlineExceeded = "DeadlineExceeded"
        case aborted = "Aborted"
        case `internal` = "Internal"

        var status: Int {
            switch self {
            case .invalidArgument, .failedPrecondition, .outOfRange: 400
            case .unauthenticated: 401
            case .permissionDenied: 403
            case .notFound: 404
            case .alreadyExists: 409
            case .unimplemented: 501
            case .unavailable: 503
            case .unknown, .deadlineExceeded, .aborted, .internal: 500
            }
        }
    }
}
