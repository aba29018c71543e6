import NIOCore
import SwarmModel

/// Questions by UDP.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let responder: Responder
    private var isReading = false

    init(_ responder: Responder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let envelope = unwrapInboundIn(data)
        guard let asker = envelope.remoteAddress.ipv4 else { return }
        responder.respond(to: envelope.data, from: asker, by: .datagram) { [self] answer in
            guard let answer else { return }
            context.write(wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: answer)), promise: nil)
            // Answers to what came together leave together.
            if !isReading { context.flush() }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.flush()
    }

    /// That an answer could not be delivered to one asker says nothing of the others.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

extension SocketAddress {
    /// Nil for addresses of other families.
    var ipv4: SwarmModel.IPv4Address? {
        guard case .v4(let address) = self else { return nil }
        return SwarmModel.IPv4Address(UInt32(bigEndian: address.address.sin_addr.s_addr))
    }
}
