import NIOCore
import SwarmModel

/// Asks other servers.
final class Forwarder: Sendable {
    /// A question for others.
    struct Query: Sendable {
        /// As the asker sent it.
        var bytes: ByteBuffer
        /// Where it says how large the answer may be, if it does.
        var payloadOffset: Int?
        var question: Question
        var asker: IPv4Address
        var transport: Transport
    }

    private let loop: any EventLoop
    private let limits: NameServerLimits
    private let count: AskerCount

    init(loop: any EventLoop, limits: NameServerLimits) {
        self.loop = loop
        self.limits = limits
        count = AskerCount(limit: limits.forwarded, perAsker: limits.forwardedPerAsker)
    }

    /// Sends a question on, by the transport by which it came. To be called on the event loop.
    ///
    /// - Parameter finish: called once on the same event loop with the answer as it was received, or nil where there is none.
    func forward(_ query: Query, to servers: [SocketAddress], _ finish: @escaping (ByteBuffer?) -> Void) {
        var servers = Array(servers.prefix(limits.tries))
        if servers.count == 1 { servers += servers }
        guard !servers.isEmpty, count.take(query.asker) else { return finish(nil) }
        var query = query
        query.bytes = query.bytes.slice()
        // What is received is bounded, whatever the asker has room for.
        if let offset = query.payloadOffset, let payload = query.bytes.getInteger(at: offset, as: UInt16.self),
            payload > MessageSize.datagram
        {
            query.bytes.setInteger(UInt16(MessageSize.datagram), at: offset)
        }
        let count = count
        Forwarding(query, to: servers, on: loop, limits: limits) { answer in
            count.giveBack(query.asker)
            finish(answer)
        }.start()
    }
}
