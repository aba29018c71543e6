import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import NIOSSL
import SwarmModel

/// The server of a manager's management port.
public struct ManagementServer: Sendable {
    private let transport: HTTP2ServerTransport.Posix
    private let server: GRPCServer<HTTP2ServerTransport.Posix>

    /// - Parameters:
    ///   - host: an IP address; `0.0.0.0` for all.
    ///   - port: 0 for any.
    ///   - messageLimit: the largest message in bytes.
    public init(
        host: String, port: Int, identity: ServerIdentity, services: [any RegistrableRPCService],
        group: MultiThreadedEventLoopGroup
    ) throws {
        let address: GRPCNIOTransportHTTP2Posix.SocketAddress =
            host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port)
        let shown = try identity.der
        let tls = HTTP2ServerTransport.Posix.TransportSecurity.TLS.mTLS(
            certificateChain: shown.chain.map { .bytes($0, format: .der) }, privateKey: .bytes(shown.key, format: .der)
        ) { tls in
            tls.certificateReloader = identity
            tls.requireALPN = true
            tls.customVerificationCallback = { shown, promise in
                promise.completeWithTask { await identity.verify(shown) }
            }
        }
        transport = HTTP2ServerTransport.Posix(
            address: address, transportSecurity: .tls(tls),
            config: .defaults { config in
                // A caller that is gone without a word gives its connection back.
                config.connection.maxGraceTime = Self.grace
                config.connection.keepalive.time = .seconds(10)
                config.connection.maxGraceTime = Self.grace
                config.connection.keepalive.timeout = .seconds(10)
                config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(1)
                config.connection.keepalive.clientBehavior.allowWithoutCalls = true
            },
            eventLoopGroup: group)
        server = GRPCServer(transport: transport, services: services)
    }

    /// How long calls under way may take to end when the server stops.
    private static let grace: Duration = .seconds(1)

    /// Serves until cancelled.
    ///
    /// The server is never cancelled itself, only asked to stop: a connection that is accepted just when its server is cancelled
    /// brings the process down in NIO. Connections to callers that are gone without a word take their time to close, for which
    /// nobody has to wait.
    ///
    /// - Throws: when the address cannot be had.
    public func run() async throws {
        let (ends, end) = AsyncStream<Result<Void, any Error>>.makeStream()
        Task(executorPreference: Task.executor) {
            do {
                end.yield(.success(try await server.serve()))
            } catch {
                end.yield(.failure(error))
            }
            end.finish()
        }
        try await withTaskCancellationHandler {
            for await result in ends { try result.get() }
        } onCancel: {
            server.beginGracefulShutdown()
        }
    }

    /// The port it listens on; nil if it cannot be had.
    public var port: Int? {
        get async {
            guard let address = try? await transport.listeningAddress else { return nil }
            return address.ipv4?.port ?? address.ipv6?.port
        }
    }
}
