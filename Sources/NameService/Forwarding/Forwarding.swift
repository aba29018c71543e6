import NIOCore
import NIOPosix

/// A question on its way to other servers, one after the other. The first good answer is the one.
///
/// Each try has a socket of its own, connected to the server: so each has a port of the system's choosing and an ID of its own, and the
/// system drops what comes from other addresses (RFC 5452). A server that has not answered in time may still do so while the next ones
/// are asked.
final class Forwarding {
    private let query: Forwarder.Query
    private var servers: ArraySlice<SocketAddress>
    private let loop: any EventLoop
    private let limits: NameServerLimits
    /// Nil when it has been called.
    private var finish: ((ByteBuffer?) -> Void)?
    private var channels: [ObjectIdentifier: any Channel] = [:]
    /// Tries that may still bring an answer.
    private var open = 0
    private var end: Scheduled<Void>?
    private var next: Scheduled<Void>?
    /// What a server said that could not answer; better than nothing.
    private var failure: ByteBuffer?

    init(
        _ query: Forwarder.Query, to servers: [SocketAddress], on loop: any EventLoop, limits: NameServerLimits,
        _ finish: @escaping (ByteBuffer?) -> Void
    ) {
        self.query = query
        self.servers = servers[...]
        self.loop = loop
        self.limits = limits
        self.finish = finish
    }

    func start() {
        end = loop.assumeIsolated().scheduleTask(in: limits.forwardTime) { self.finish(with: self.failure) }
        tryNext()
    }

    private func tryNext() {
        next?.cancel()
        guard finish != nil else { return }
        guard let server = servers.popFirst() else {
            if open == 0 { finish(with: failure) }
            return
        }
        if !servers.isEmpty { next = loop.assumeIsolated().scheduleTask(in: limits.tryTime) { self.tryNext() } }
        open += 1
        connect(to: server).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.send(on: channel)
            case .failure: self.hasFailed()
            }
        }
    }

    private func connect(to server: SocketAddress) -> EventLoopFuture<any Channel> {
        switch query.transport {
        case .datagram:
            DatagramBootstrap(group: loop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: MessageSize.datagram))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramUnwrapper())
                    }
                }
                .connect(to: server)
        case .stream:
            ClientBootstrap(group: loop)
                .connectTimeout(limits.forwardTime)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(ByteToMessageHandler(StreamDecoder()))
                        try pipeline.addHandler(MessageToByteHandler(StreamEncoder()))
                    }
                }
                .connect(to: server)
        }
    }

    private func send(on channel: any Channel) {
        guard finish != nil else { return channel.close(promise: nil) }
        let id = UInt16.random(in: 0 ... .max)
        var bytes = query.bytes
        bytes.setInteger(id, at: 0)
        let key = ObjectIdentifier(channel)
        let handler = TryHandler { received in
            guard let received else {
                if self.channels.removeValue(forKey: key) != nil { self.hasFailed() }
                return true
            }
            return self.take(received, id: id)
        }
        do {
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            channel.close(promise: nil)
            return hasFailed()
        }
        channels[key] = channel
        channel.writeAndFlush(bytes, promise: nil)
    }

    /// Looks at what a server has sent.
    ///
    /// - Returns: whether it is an answer to what it was asked; else one may still come.
    private func take(_ received: ByteBuffer, id: UInt16) -> Bool {
        var reader = MessageReader(received)
        guard let header = try? reader.header(), header.id == id, header.flags.isResponse, header.flags.operation == 0 else {
            return false
        }
        switch header.flags.code {
        case .noError, .nameError:
            guard isAnswered(&reader, header) else { return false }
            finish(with: received)
        default:
            // Such an answer need not repeat the question, so nothing but its ID vouches for it: it counts only where others fail.
            if isAnswered(&reader, header) { failure = received }
        }
        return true
    }

    private func isAnswered(_ reader: inout MessageReader, _ header: MessageReader.Header) -> Bool {
        header.questions == 1 && (try? reader.question()) == query.question
    }

    private func hasFailed() {
        open -= 1
        tryNext()
    }

    private func finish(with answer: ByteBuffer?) {
        guard let finish else { return }
        self.finish = nil
        end?.cancel()
        next?.cancel()
        for channel in channels.values { channel.close(promise: nil) }
        channels = [:]
        finish(answer)
    }
}
