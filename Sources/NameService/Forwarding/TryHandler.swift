import NIOCore

/// What comes back from one server.
final class TryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let take: (ByteBuffer?) -> Bool

    /// - Parameter take: gets each message, and nil when no more will come; says whether the message ends the try.
    init(_ take: @escaping (ByteBuffer?) -> Bool) { self.take = take }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if take(unwrapInboundIn(data)) { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { _ = take(nil) }

    /// Also that nobody is at the port, which the server's host says of a datagram.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Takes datagrams of a connected socket for what is in them.
final class DatagramUnwrapper: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).data))
    }
}
