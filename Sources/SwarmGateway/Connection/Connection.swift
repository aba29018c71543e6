import NIOCore

/// A byte stream that tasks read and write: one reader and one writer at a time.
///
/// Nothing is read ahead but what one read of the system brings, and a write returns when the system has taken the bytes, so that a
/// slow peer holds up the fast one and memory stays as it is.
final class Connection: Sendable {
    let channel: any Channel
    private let inbound: InboundQueue

    init(channel: any Channel, inbound: InboundQueue) {
        self.channel = channel
        self.inbound = inbound
    }

    /// Options that a channel under a connection needs.
    static func prepare(_ channel: any Channel) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            let inbound = InboundQueue()
            try channel.pipeline.syncOperations.addHandler(inbound)
            return Connection(channel: channel, inbound: inbound)
        }
    }

    /// The next bytes; nil when the peer has closed its side.
    func read() async throws -> ByteBuffer? {
        let (bytes, wantsMore) = try await inbound.next()
        if wantsMore { channel.read() }
        return bytes
    }

    /// Gives back what the next `read` is to return first.
    func unread(_ bytes: ByteBuffer) {
        if bytes.readableBytes > 0 { inbound.putBack(bytes) }
    }

    /// Returns when the peer has closed its side, or altogether; bytes that came before may still be unread.
    func inputEnded() async { await inbound.wait(for: .inputEnd) }

    /// Returns when the connection is closed in both directions.
    func closed() async { await inbound.wait(for: .close) }

    /// Whether a request can be sent: the peer has neither closed nor said anything unasked.
    var isUsable: Bool { inbound.isIdle && channel.isActive }

    /// Returns when TLS is set up, or the connection closed.
    func secured() async { await inbound.wait(for: .security) }

    func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        try Task.checkCancellation()
        try await withTaskCancellationHandler {
            try await channel.writeAndFlush(bytes).get()
        } onCancel: {
            // A write cannot be taken back: half of it may have gone.
            channel.close(promise: nil)
        }
    }

    /// Tells the peer that nothing more comes. Its side stays open.
    func closeWrite() async {
        do { try await channel.close(mode: .output).get() } catch { return }
    }

    /// Closes both directions.
    func close() {
        channel.eventLoop.execute { [channel] in
            // NIOSSL takes the peer's close_notify for the end of its half only as long as this is set, and would then wait five
            // seconds for what has already come.
            do { try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false) } catch {
                // The channel is closed already.
            }
            channel.close(promise: nil)
        }
    }

    /// Makes reads fail with an error after a time.
    func limit(_ time: TimeAmount, _ error: any Error) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: time) { [inbound] in inbound.fail(error) }
    }

    /// What has been received so far, taken out, so that another handler can have it. Only on the event loop.
    func takeReceived() -> [ByteBuffer] { inbound.takeAll() }

    /// The handler before which others go. Only on the event loop.
    var tail: InboundQueue { inbound }
}
