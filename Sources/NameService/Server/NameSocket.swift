import NIOCore
import NIOPosix
import SwarmModel

/// The two sockets of one address: UDP and TCP, on the same port.
struct NameSocket: Sendable {
    private let datagrams: any Channel
    private let streams: any Channel

    /// Where it listens.
    let port: Int

    /// What all sockets of a server have in common.
    struct Parts: Sendable {
        let loop: any EventLoop
        let responder: Responder
        let limits: NameServerLimits
        let connections: AskerCount
    }

    /// Opens both sockets, also where the host does not have the address yet (`IP_FREEBIND`).
    ///
    /// - Parameter port: 0 for one that the system chooses.
    /// - Throws: the system's error, if another program has the port.
    static func open(_ address: IPv4Address, port: Int, _ parts: Parts) async throws -> NameSocket {
        let datagrams = try await bindDatagrams(try SocketAddress(ipAddress: "\(address)", port: port), parts).get()
        do {
            let port = datagrams.localAddress?.port ?? port
            let streams = try await bindStreams(try SocketAddress(ipAddress: "\(address)", port: port), parts).get()
            return NameSocket(datagrams: datagrams, streams: streams, port: port)
        } catch {
            try? await datagrams.close()
            throw error
        }
    }

    private init(datagrams: any Channel, streams: any Channel, port: Int) {
        self.datagrams = datagrams
        self.streams = streams
        self.port = port
    }

    /// Whether both are open. The system may close one: where an answer finds no way out, for one.
    var isOpen: Bool { datagrams.isActive && streams.isActive }

    /// Calls when one of the two has been closed.
    func whenClosed(_ call: @escaping @Sendable () -> Void) {
        for channel in [datagrams, streams] { channel.closeFuture.whenComplete { _ in call() } }
    }

    func close() async {
        try? await datagrams.close()
        try? await streams.close()
    }

    /// Not among the names that Glibc gives to Swift; its value is that of every architecture (linux/in.h).
    private static let freeBind = ChannelOptions.socket(.init(IPPROTO_IP), .init(15))

    private static func bindDatagrams(_ address: SocketAddress, _ parts: Parts) -> EventLoopFuture<any Channel> {
        let batch = 16
        return DatagramBootstrap(group: parts.loop)
            .channelOption(freeBind, value: 1)
            // The buffer is shared by the datagrams of a batch. Questions are small.
            .channelOption(.datagramVectorReadMessageCount, value: batch)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: batch * MessageSize.datagram / 2))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(parts.responder))
                }
            }
            .bind(to: address)
    }

    private static func bindStreams(_ address: SocketAddress, _ parts: Parts) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: parts.loop)
            .serverChannelOption(freeBind, value: 1)
            // Connections of an earlier socket may still be about.
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 64)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel, parts) }
            }
            .bind(to: address)
    }

    private struct TooManyConnections: Error {}

    private static func prepare(_ channel: any Channel, _ parts: Parts) throws {
        guard let asker = channel.remoteAddress?.ipv4, parts.connections.take(asker) else { throw TooManyConnections() }
        channel.closeFuture.whenComplete { _ in parts.connections.giveBack(asker) }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(readTimeout: parts.limits.idleTime))
        try pipeline.addHandler(ByteToMessageHandler(StreamDecoder(limit: MessageSize.datagram)))
        try pipeline.addHandler(MessageToByteHandler(StreamEncoder()))
        try pipeline.addHandler(
            StreamHandler(parts.responder, asker: asker, limit: parts.limits.questionsPerConnection))
    }
}
