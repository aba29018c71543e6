import EtcdRPC
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import SwarmModel

/// A connection to the etcd of this node, over its unix socket. It connects again by itself whenever etcd was away.
public final class EtcdConnection: Sendable {
    typealias Transport = HTTP2ClientTransport.Posix

    let keys: EtcdKV.Client<Transport>
    let watches: EtcdWatch.Client<Transport>
    let cluster: EtcdCluster.Client<Transport>
    let maintenance: EtcdMaintenance.Client<Transport>
    private let client: GRPCClient<Transport>
    private let connections: Task<Void, Never>

    /// Connects in the background to the socket at this path (at most 107 bytes); what is asked meanwhile waits for it.
    public init(socket: String, group: any EventLoopGroup) throws {
        // etcd is on this machine: what costs least is to look often and give up never.
        let configuration = Transport.Config.defaults {
            $0.backoff = .init(initial: .milliseconds(10), max: .milliseconds(50), multiplier: 1.6, jitter: 0.1)
            $0.connection.maxIdleTime = nil
            $0.channelDebuggingCallbacks.onCreateTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PingResponder(), position: .first)
                }
            }
        }
        let transport = try Transport(
            target: .unixDomainSocket(path: socket, authority: "etcd"), transportSecurity: .plaintext, config: configuration,
            eventLoopGroup: group)
        let client = GRPCClient(transport: transport)
        self.client = client
        keys = EtcdKV.Client(wrapping: client)
        watches = EtcdWatch.Client(wrapping: client)
        cluster = EtcdCluster.Client(wrapping: client)
        maintenance = EtcdMaintenance.Client(wrapping: client)
        // It throws only where a client is run twice.
        connections = Task(executorPreference: Task.executor) { try? await client.runConnections() }
    }

    deinit { connections.cancel() }

    /// Ends everything under way; every later request throws `StoreError.closed`.
    public func close() {
        client.beginGracefulShutdown()
        connections.cancel()
    }

    /// One request: `body` gets the options that limit it, and errors come out as `StoreError`.
    ///
    /// - Parameter waits: Whether it waits for etcd where that cannot be reached just now, or fails at once.
    func call<Response: Sendable>(
        within limit: Duration?, waits: Bool = true, _ body: (CallOptions) async throws -> Response
    ) async throws -> Response {
        if let limit, limit <= .zero { throw StoreError.timedOut }
        var options = CallOptions.defaults
        options.timeout = limit
        options.waitForReady = waits
        options.maxResponseMessageBytes = 512 << 20
        // It is by this one that grpc-swift-nio-transport limits what it receives, by 4 MiB unless it is set.
        options.maxRequestMessageBytes = 512 << 20
        do {
            return try await body(options)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw StoreError(etcd: error)
        }
    }

    /// Repeats `body` while there is no leader, for `patience` at most: a new one is usually there after two seconds.
    ///
    /// - Parameter idempotent: Whether `body` may also be repeated where nobody knows whether it was carried out. etcd leaves
    ///   unanswered what it was asked while its leader changed, and says so after five seconds and two elections; that is repeated
    ///   until `limit`.
    func patiently<Response: Sendable>(
        within limit: Duration, patience: Duration, idempotent: Bool, _ body: (Duration) async throws -> Response
    ) async throws -> Response {
        let end = ContinuousClock.now + limit
        var trouble: ContinuousClock.Instant?
        while true {
            do {
                return try await body(end - .now)
            } catch let error as StoreError {
                let now = ContinuousClock.now
                var giveUp = end
                switch error {
                case .timedOut where idempotent: trouble = nil
                case .noLeader,
                    .unavailable where idempotent:
                    let since = trouble ?? now
                    trouble = since
                    giveUp = min(end, since + patience)
                default: throw error
                }
                guard now < giveUp else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

extension StoreError {
    /// What an error of gRPC or of etcd means. etcd's errors are known by their texts, the same ones in 3.4 and 3.5.
    init(etcd error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as RPCError: self.init(code: error.code, message: error.message)
        case let error as RuntimeError where error.code == .clientIsStopped: self = .closed
        default: self = .unavailable("\(error)")
        }
    }

    private init(code: RPCError.Code, message: String) {
        switch message {
        // The second: the leader changed while it looked up what is committed; nothing was asked of it yet.
        case "etcdserver: no leader", "etcdserver: leader changed": self = .noLeader
        case "etcdserver: mvcc: database space exceeded": self = .noSpace
        case "etcdserver: mvcc: required revision has been compacted": self = .compacted(oldest: 0)
        case let text where text.hasPrefix("etcdserver: request timed out"): self = .timedOut
        default:
            switch code {
            case .deadlineExceeded: self = .timedOut
            case .unavailable, .cancelled, .unknown: self = .unavailable(message)
            case .invalidArgument: self = .invalid(message)
            default: self = .failed(message)
            }
        }
    }
}
