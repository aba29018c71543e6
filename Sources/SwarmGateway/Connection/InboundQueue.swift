import NIOConcurrencyHelpers
import NIOCore
import NIOSSL
import NIOTLS

/// The last handler of a channel: what has come in and waits to be taken.
final class InboundQueue: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = ByteBuffer

    enum Event { case inputEnd, close, security }

    private struct State {
        var buffers = CircularBuffer<ByteBuffer>()
        var inputEnded = false
        var closed = false
        var secured = false
        var failure: (any Error)?
        var reader: CheckedContinuation<(ByteBuffer?, wantsMore: Bool), any Error>?
        var waiters: [Int: (event: Event, continuation: CheckedContinuation<Void, Never>)] = [:]
        var nextWaiter = 0

        func has(_ event: Event) -> Bool {
            switch event {
            case .close: closed
            case .inputEnd: inputEnded || closed
            case .security: secured || closed
            }
        }
    }

    private let state = NIOLockedValueBox(State())

    /// Whether nothing has come in that nobody has asked for.
    var isIdle: Bool { state.withLockedValue { !$0.inputEnded && !$0.closed && $0.failure == nil && $0.buffers.isEmpty } }

    /// The next bytes, or nil at the end, and whether the channel should be read.
    func next() async throws -> (ByteBuffer?, wantsMore: Bool) {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<(ByteBuffer?, wantsMore: Bool), any Error>? = state.withLockedValue { state in
                    if let failure = state.failure { return .failure(failure) }
                    if let bytes = state.buffers.popFirst() {
                        return .success((bytes, state.buffers.isEmpty && !state.inputEnded && !state.closed))
                    }
                    if state.inputEnded || state.closed { return .success((nil, false)) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.reader = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
                // Either this sees the cancellation, or the handler below sees the continuation.
                if Task.isCancelled { cancelRead() }
            }
        } onCancel: {
            cancelRead()
        }
    }

    private func cancelRead() {
        state.withLockedValue { $0.reader.take() }?.resume(throwing: CancellationError())
    }

    func putBack(_ bytes: ByteBuffer) { state.withLockedValue { $0.buffers.prepend(bytes) } }

    func takeAll() -> [ByteBuffer] {
        state.withLockedValue { state in
            defer { state.buffers.removeAll() }
            return Array(state.buffers)
        }
    }

    func fail(_ error: any Error) {
        state.withLockedValue { state in
            state.failure = error
            return state.reader.take()
        }?.resume(throwing: error)
    }

    func wait(for event: Event) async {
        let number = state.withLockedValue { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLockedValue { state in
                    if state.has(event) || Task.isCancelled { return true }
                    state.waiters[number] = (event, continuation)
                    return false
                }
                if now { continuation.resume() }
                if Task.isCancelled { cancelWait(number) }
            }
        } onCancel: {
            cancelWait(number)
        }
    }

    private func cancelWait(_ number: Int) {
        state.withLockedValue { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
    }

    // MARK: On the event loop

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { context.read() }
    }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard bytes.readableBytes > 0 else { return }
        let reader = state.withLockedValue { state in
            let reader = state.reader.take()
            if reader == nil { state.buffers.append(bytes) }
            return reader
        }
        reader?.resume(returning: (bytes, false))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // One read is always under way while nothing waits here: else the end of an idle connection would not be seen.
        if state.withLockedValue({ $0.buffers.isEmpty && !$0.inputEnded }) { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed = event as? ChannelEvent { note { $0.inputEnded = true } }
        if case .handshakeCompleted = event as? TLSUserEvent { note { $0.secured = true } }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        note {
            $0.inputEnded = true
            $0.closed = true
        }
        context.fireChannelInactive()
    }

    /// A reset is an end like others: whether a message is whole is for its framing to say.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note { $0.inputEnded = true }
        // A TLS client that closes its side says so first. One that does not is gone, and waits for nothing.
        if case .uncleanShutdown = error as? NIOSSLError { context.close(promise: nil) }
    }

    private func note(_ change: (inout State) -> Void) {
        let (reader, waiters) = state.withLockedValue { state in
            change(&state)
            let due = state.waiters.filter { state.has($0.value.event) }
            for number in due.keys { state.waiters[number] = nil }
            return (state.inputEnded ? state.reader.take() : nil, due.values.map(\.continuation))
        }
        reader?.resume(returning: (nil, false))
        for waiter in waiters { waiter.resume() }
    }
}
