import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// A socket on which clients arrive.
struct Listener: Sendable {
    /// A client that has come, and what it must show.
    struct Accepted: Sendable {
        var connection: Connection
        /// Nil on the unix socket.
        var credentials: TLSCredentials?
    }

    let channel: any Channel
    private var socket: SocketFile?

    /// The port where the system has chosen it.
    var port: Int? { channel.localAddress?.port }

    /// A socket file of mode 0660 that belongs to group `docker` where that exists.
    ///
    /// - Throws: the system's error, also if another process answers on that path.
    static func unix(
        path: String, group: any EventLoopGroup, accepted: AsyncStream<Accepted>.Continuation
    ) async throws -> Listener {
        try SocketFile.removeStale(path)
        let channel = try await bootstrap(group, accepted, nil).bind(unixDomainSocketPath: path).get()
        return Listener(channel: channel, socket: try SocketFile(opening: path))
    }

    static func tls(
        _ endpoint: TLSEndpoint, group: any EventLoopGroup, accepted: AsyncStream<Accepted>.Continuation
    ) async throws -> Listener {
        let channel = try await bootstrap(group, accepted, TLSCredentials(endpoint))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            // Seconds, as Go's listeners have it, so that a client whose host has gone is noticed.
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), value: 15)
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), value: 15)
            .bind(host: endpoint.address, port: endpoint.port).get()
        return Listener(channel: channel, socket: nil)
    }

    private static func bootstrap(
        _ group: any EventLoopGroup, _ accepted: AsyncStream<Accepted>.Continuation, _ credentials: TLSCredentials?
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                Connection.prepare(channel).map { connection in
                    if case .terminated = accepted.yield(Accepted(connection: connection, credentials: credentials)) {
                        connection.close()
                    }
                }
            }
    }

    /// Takes no more clients, and removes the socket file.
    func close() {
        channel.close(promise: nil)
        socket?.remove()
    }
}

/// The file of a listening unix socket.
struct SocketFile: Sendable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Gives a socket that was just bound its owner and mode.
    init(opening path: String) throws {
        self.path = path
        if let group = getgrnam("docker") { _ = chown(path, 0, group.pointee.gr_gid) }
        guard chmod(path, 0o660) == 0 else { throw IOError(errnoCode: errno, reason: "chmod \(path)") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw IOError(errnoCode: errno, reason: "stat \(path)") }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Removes the file, unless another process has put its own there meanwhile.
    func remove() {
        var status = stat()
        guard stat(path, &status) == 0, UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode else { return }
        unlink(path)
    }

    /// Removes a socket on which nobody listens.
    ///
    /// - Throws: `EADDRINUSE` if somebody does, or if the path is no socket.
    static func removeStale(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK, !isAnswered(path) else {
            throw IOError(errnoCode: EADDRINUSE, reason: "listen on \(path)")
        }
        unlink(path)
    }

    private static func isAnswered(_ path: String) -> Bool {
        guard let address = try? SocketAddress(unixDomainSocketPath: path) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return address.withSockAddr { connect(descriptor, $0, socklen_t($1)) } == 0
    }
}
