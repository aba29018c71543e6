import DockerAPI
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks this node's engine, on its own unix socket. Each call has a connection of its own, which ends with it: that is cheap on a
/// unix socket, and nothing that the engine forgets at its restart is kept.
struct EngineClient: Sendable {
    /// Path of the engine's unix socket.
    let socket: String
    let group: any EventLoopGroup

    /// What is asked.
    struct Call: Sendable {
        var method: HTTPMethod
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        /// JSON.
        var body: [UInt8]?
        /// For the whole of the answer; nil where it may go on for as long as it likes.
        var limit: TimeAmount? = .seconds(60)

        init(_ method: HTTPMethod, _ path: String) {
            self.method = method
            self.path = path
        }

        var target: String {
            query.isEmpty
                ? path
                : path + "?"
                    + query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }.joined(
                        separator: "&")
        }
    }

    /// A whole answer.
    struct Reply: Sendable {
        var status: Int
        var body: ByteBuffer

        /// - Throws: where it is something else than expected.
        func decode<Answer: Decodable>(_ type: Answer.Type) throws -> Answer {
            try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        }
    }

    private static let longest = 64 << 20

    /// Asks, and reads the whole answer.
    ///
    /// - Throws: `EngineUnreachable` where there was none, `APIError` where the engine refuses.
    @discardableResult
    func ask(_ call: Call) async throws -> Reply {
        try await exchange(call) { head, body in
            Reply(status: Int(head.status.code), body: try await body.collect(upTo: Self.longest))
        }
    }

    /// Asks, and reads the answer as it comes; what has not been read is not asked for, so that a slow reader slows the engine down.
    ///
    /// - Throws: `EngineUnreachable` where there was no answer or it broke off, `APIError` where the engine refuses, and what `read`
    ///   throws.
    func exchange<Result: Sendable>(
        _ call: Call, read: (HTTPResponseHead, inout EngineAnswer) async throws -> Result
    ) async throws -> Result {
        let channel = try await connect()
        let timer = EngineTimer(channel.channel, limit: call.limit)
        defer { timer.cancel() }
        do {
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(contentsOf: parts(of: call))
                var answer = EngineAnswer(inbound.makeAsyncIterator())
                let head = try await answer.head()
                guard head.status.code < 400 else {
                    throw Self.refusal(head, try await answer.collect(upTo: 1 << 20))
                }
                return try await read(head, &answer)
            }
        } catch  where error is IOError || error is ChannelError || error is HTTPParserError {
            try Task.checkCancellation()
            throw EngineUnreachable(
                timer.isOver ? "the engine did not answer in time" : "the engine's answer broke off (\(error))")
        } catch let error as EngineUnreachable {
            try Task.checkCancellation()
            throw timer.isOver ? EngineUnreachable("the engine did not answer in time") : error
        }
    }

    private typealias AsyncChannel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> AsyncChannel {
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(10))
                .connect(unixDomainSocketPath: socket) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try AsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            try Task.checkCancellation()
            throw EngineUnreachable("the engine of this node cannot be reached at \(socket): \(error)")
        }
    }

    private func parts(of call: Call) -> [HTTPClientRequestPart] {
        var headers = HTTPHeaders([("Host", "docker"), ("Connection", "close")])
        for (name, value) in call.headers { headers.add(name: name, value: value) }
        if let body = call.body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.count)")
        } else if call.method == .POST {
            headers.add(name: "Content-Length", value: "0")
        }
        let head = HTTPRequestHead(version: .http1_1, method: call.method, uri: call.target, headers: headers)
        return [.head(head)] + (call.body.map { [.body(.byteBuffer(ByteBuffer(bytes: $0)))] } ?? []) + [.end(nil)]
    }

    private static func refusal(_ head: HTTPResponseHead, _ body: ByteBuffer) -> APIError {
        struct Message: Decodable { var message: String }
        let message = try? JSONDecoder().decode(Message.self, from: Data(body.readableBytesView)).message
        return APIError(Int(head.status.code), message ?? String(buffer: body))
    }
}
