import NIOCore
import SwarmModel

/// Questions on a TCP connection: as many as the asker has, answered as the answers come (RFC 7766).
final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let responder: Responder
    private let asker: IPv4Address
    /// Questions that may wait for their answers.
    private let limit: Int
    private var waiting = 0
    private var isAtEnd = false

    init(_ responder: Responder, asker: IPv4Address, limit: Int) {
        self.responder = responder
        self.asker = asker
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Nor is anything kept for somebody who does not read.
        guard waiting < limit, context.channel.isWritable else { return context.close(promise: nil) }
        waiting += 1
        responder.respond(to: unwrapInboundIn(data), from: asker, by: .stream) { [self] answer in
            waiting -= 1
            guard let answer else { return context.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            closeIfDone(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is IdleStateHandler.IdleStateEvent: context.close(promise: nil)
        case ChannelEvent.inputClosed:
            isAtEnd = true
            closeIfDone(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func closeIfDone(_ context: ChannelHandlerContext) {
        if isAtEnd, waiting == 0 { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
