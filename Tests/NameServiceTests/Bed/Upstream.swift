import Glibc
import NIOCore
import NIOPosix
import Synchronization

@testable import NameService

/// A name server of somebody else's on loopback, which sends what the test says.
final class Upstream: Sendable {
    struct Asked: Sendable {
        var message: Message
        var bytes: ByteBuffer
        var transport: Transport
        var from: SocketAddress?
    }

    let address: SocketAddress
    private let channels: [any Channel]
    private let log: Log

    /// What it was asked, in order.
    var asked: [Asked] { log.asked.withLock { $0 } }

    private final class Log: Sendable { let asked = Mutex<[Asked]>([]) }

    /// - Parameter answer: what goes back for each question; nothing at all with none.
    init(host: String = "127.0.0.1", _ answer: @escaping @Sendable (Asked) -> [ByteBuffer]) async throws {
        let log = Log()
        let all: Answer = { bytes, transport, source in
            guard let message = try? Message(reading: bytes) else { return [] }
            let asked = Asked(message: message, bytes: bytes, transport: transport, from: source)
            log.asked.withLock { $0.append(asked) }
            return answer(asked)
        }
        channels = try await Self.bind(host, all)
        self.log = log
        address = try SocketAddress(ipAddress: host, port: channels[0].localAddress?.port ?? 0)
    }

    /// For datagrams and streams at one port, which others may have for one of them: then it is to be another one.
    private static func bind(_ host: String, _ answer: @escaping Answer) async throws -> [any Channel] {
        while true {
            let datagrams = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Datagrams(answer)) }
                }
                .bind(host: host, port: 0).get()
            do {
                let streams = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(StreamDecoder()))
                            try channel.pipeline.syncOperations.addHandler(MessageToByteHandler(StreamEncoder()))
                            try channel.pipeline.syncOperations.addHandler(Streams(answer))
                        }
                    }
                    .bind(host: host, port: datagrams.localAddress?.port ?? 0).get()
                return [datagrams, streams]
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                try await datagrams.close()
            }
        }
    }

    func stop() async { for channel in channels { try? await channel.close() } }

    /// An answer to a question with one address.
    static func reply(_ asked: Asked, _ code: ResponseCode = .noError, addresses: Int = 1) -> ByteBuffer {
        var message = asked.message.reply(code)
        message.answers = message.questions.flatMap { question in
            (0..<addresses).map { Record(question.name, .a(.init(0xC000_0200 + UInt32($0))), timeToLive: 60) }
        }
        return message.encode()
    }
}

private typealias Answer = @Sendable (ByteBuffer, Transport, SocketAddress?) -> [ByteBuffer]

private final class Datagrams: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>
    private let answer: Answer

    init(_ answer: @escaping Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let asked = unwrapInboundIn(data)
        for bytes in answer(asked.data, .datagram, asked.remoteAddress) {
            context.writeAndFlush(
                wrapOutboundOut(AddressedEnvelope(remoteAddress: asked.remoteAddress, data: bytes)), promise: nil)
        }
    }
}

private final class Streams: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answer: Answer

    init(_ answer: @escaping Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for bytes in answer(unwrapInboundIn(data), .stream, context.remoteAddress) {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }
}
