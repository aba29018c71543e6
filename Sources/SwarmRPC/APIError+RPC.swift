import DockerAPI
import FoundationEssentials
import GRPCCore

extension APIError {
    /// What a person reads of a call that a manager has refused.
    public init(_ error: RPCError) {
        self = .remote(APIError.Code(error.code), error.message)
    }

    /// The same refusal for a caller on another node.
    public var rpc: RPCError {
        let prefix = "rpc error: code = "
        guard message.hasPrefix(prefix), let end = message.firstRange(of: " desc = "),
            let code = Code(rawValue: String(message[..<end.lowerBound].dropFirst(prefix.count)))
        else { return RPCError(code: .unknown, message: message) }
        return RPCError(code: code.rpc, message: String(message[end.upperBound...]))
    }
}

extension APIError.Code {
    init(_ code: RPCError.Code) {
        self =
            switch code {
            case .invalidArgument: .invalidArgument
            case .failedPrecondition: .failedPrecondition
            case .outOfRange: .outOfRange
            case .unauthenticated: .unauthenticated
            case .permissionDenied: .permissionDenied
            case .notFound: .notFound
            case .alreadyExists: .alreadyExists
            case .unimplemented: .unimplemented
            case .unavailable: .unavailable
            case .deadlineExceeded: .deadlineExceeded
            case .aborted: .aborted
            case .internalError: .internal
            default: .unknown
            }
    }
}

extension APIError.Code {
    var rpc: RPCError.Code {
        switch self {
        case .invalidArgument: .invalidArgument
        case .failedPrecondition: .failedPrecondition
        case .outOfRange: .outOfRange
        case .unauthenticated: .unauthenticated
        case .permissionDenied: .permissionDenied
        case .notFound: .notFound
        case .alreadyExists: .alreadyExists
        case .unimplemented: .unimplemented
        case .unavailable: .unavailable
        case .unknown: .unknown
        case .deadlineExceeded: .deadlineExceeded
        case .aborted: .aborted
        case .internal: .internalError
        }
    }
}

/// A call that only the leader answers, made elsewhere.
public struct NotLeader: Error, RPCErrorConvertible {
    /// `host:port`; nil while there is no leader.
    public var leader: String?

    public init(leader: String?) { self.leader = leader }

    private static let key = "swarm-leader"

    public var rpcErrorCode: RPCError.Code { .unavailable }
    public var rpcErrorMessage: String { "this manager is not the leader" }
    public var rpcErrorMetadata: Metadata { [Self.key: "\(leader ?? "")"] }

    /// Reads it from the other end's refusal; nil where that is another one.
    public init?(_ error: RPCError) {
        guard error.code == .unavailable, let leader = error.metadata[stringValues: Self.key].first(where: { _ in true }) else {
            return nil
        }
        self.leader = leader.isEmpty ? nil : leader
    }
}
