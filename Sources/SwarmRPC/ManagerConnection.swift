import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A connection to one manager's management port.
public enum ManagerConnection {
    public typealias Transport = HTTP2ClientTransport.WrappedChannel
    public typealias Client = GRPCClient<Transport>

    /// What managers' certificates are checked to say.
    public static let serverName = "swarm-manager"

    /// Opens a connection, hands it to `body`, and closes it whatever happens.
    ///
    /// - Parameters:
    ///   - address: `host:port`.
    ///   - tls: what to show and whom to believe.
    ///   - timeout: how long connecting may take.
    /// - Throws: `ManagerUnreachable` when there is no connection; what `body` throws.
    public static func with<Result: Sendable>(
        _ address: String, tls: NIOSSLContext, verifiesName: Bool = true, timeout: Duration = .seconds(5),
        group: any EventLoopGroup, _ body: (Client) async throws -> Result
    ) async throws -> Result {
        guard let endpoint = Endpoint(address) else { throw ManagerUnreachable(address: address, reason: "not an address") }
        let transport: HTTP2ClientTransport.WrappedChannel
        do {
            transport = try await HTTP2ClientTransport.WrappedChannel.wrapping { configure in
                try await ClientBootstrap(group: group)
                    .connectTimeout(.milliseconds(timeout.milliseconds))
                    .connect(host: endpoint.host, port: endpoint.port) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: verifiesName ? serverName : nil))
                        }.flatMap { configure(channel) }
                    }
            }
        } catch {
            throw ManagerUnreachable(address: address, reason: reason(of: error))
        }
        return try await withGRPCClient(transport: transport, handleClient: body)
    }
}

extension ManagerConnection {
    /// What the system says, without what NIO has tried.
    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError where !error.connectionErrors.isEmpty: reason(of: error.connectionErrors[0].error)
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: "i/o timeout"
        default: String(describing: error)
        }
    }
}

/// A manager that cannot be reached.
public struct ManagerUnreachable: Error, CustomStringConvertible, Sendable {
    public var address: String
    public var reason: String

    public init(address: String, reason: String) {
        self.address = address
        self.reason = reason
    }

    public var description: String { "cannot reach the manager at \(address): \(reason)" }
}

/// A host and a port.
public struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    /// An address or a name; IPv6 without brackets.
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[v6]:port`, and with a default for the port `host` and `v6` as well. Nil for anything else.
    public init?(_ text: some StringProtocol, defaultPort: Int? = nil) {
        let text = String(text)
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard let port = rest.isEmpty ? defaultPort : Self.port(rest) else { return nil }
            self.port = port
        } else if text.count(where: { $0 == ":" }) > 1 {
            guard let defaultPort else { return nil }
            (host, port) = (text, defaultPort)
        } else if let colon = text.firstIndex(of: ":") {
            guard let port = Self.port(text[colon...]) else { return nil }
            (host, self.port) = (String(text[..<colon]), port)
        } else {
            guard let defaultPort else { return nil }
            (host, port) = (text, defaultPort)
        }
        if host.isEmpty { return nil }
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.first == ":", let port = UInt16(text.dropFirst()) else { return nil }
        return Int(port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Of a management port the same node's port of the store. It stands in a fixed distance, 2380 to 2377, so that nobody has to
    /// choose one.
    public var storePeer: Endpoint { Endpoint(host: host, port: port + 3) }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
