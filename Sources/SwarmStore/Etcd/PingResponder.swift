import NIOCore

/// Answers HTTP/2 pings on a connection before the HTTP/2 handler sees them.
///
/// Servers in Go, etcd among them, measure a connection by a ping with nearly every request. SwiftNIO takes more than 200 pings in 30
/// seconds for an attack and closes the connection, with everything under way on it; and gRPC has no setting for that. This
/// server is our own child.
final class PingResponder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var splitter = PingSplitter()
    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (rest, answers) = splitter.split(unwrapInboundIn(data), allocator: context.channel.allocator)
        if rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(rest))
        }
        // Frames are written whole within one turn of the event loop, so this one stands between others.
        if answers.readableBytes > 0 {
            context.write(wrapOutboundOut(answers), promise: nil)
            hasAnswered = true
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // The HTTP/2 handler comes first: a flush may make the channel writable, and it does not expect that while it has frames
        // that it has not flushed itself.
        context.fireChannelReadComplete()
        if hasAnswered {
            hasAnswered = false
            context.flush()
        }
    }
}

/// Takes the pings out of a stream of HTTP/2 frames, wherever the pieces of the stream begin and end (RFC 9113, 4.1 and 6.7).
struct PingSplitter {
    /// The beginning of a frame that is not there whole: of its header, or of a ping.
    private var pending = ByteBuffer()
    /// How many bytes of the present frame are still to come; it is not a ping.
    private var passing = 0

    private static let headerLength = 9
    private static let pingLength = 8

    /// What the HTTP/2 handler is to see, and what the pings are to be answered.
    mutating func split(_ piece: ByteBuffer, allocator: ByteBufferAllocator) -> (rest: ByteBuffer, answers: ByteBuffer) {
        var input = piece
        if pending.readableBytes > 0 {
            input = pending
            input.writeImmutableBuffer(piece)
            pending.clear()
        }
        var rest = allocator.buffer(capacity: input.readableBytes)
        var answers = ByteBuffer()
        while input.readableBytes > 0 {
            if passing > 0 {
                let count = min(passing, input.readableBytes)
                passing -= count
                if var part = input.readSlice(length: count) { rest.writeBuffer(&part) }
                continue
            }
            let start = input.readerIndex
            guard let length = input.getBytes(at: start, length: 3), let type = input.getInteger(at: start + 3, as: UInt8.self),
                let flags = input.getInteger(at: start + 4, as: UInt8.self), input.readableBytes >= Self.headerLength
            else {
                pending = input
                break
            }
            let payload = length.reduce(0) { $0 << 8 | Int($1) }
            let isAnswer = flags & 1 == 1
            guard type == 6, !isAnswer, payload == Self.pingLength else {
                passing = Self.headerLength + payload
                continue
            }
            guard var ping = input.readSlice(length: Self.headerLength + Self.pingLength) else {
                pending = input
                break
            }
            ping.setInteger(UInt8(1), at: ping.readerIndex + 4)
            answers.writeBuffer(&ping)
        }
        return (rest, answers)
    }
}
