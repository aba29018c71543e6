import NIOCore
import NIOHTTP1

/// The answer to one call, as it comes.
struct EngineAnswer {
    private var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private var isOver = false

    init(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) { self.parts = parts }

    mutating func head() async throws -> HTTPResponseHead {
        while let part = try await parts.next() {
            // Others announce that more is to come, such as 100.
            if case .head(let head) = part, head.status.code >= 200 { return head }
        }
        throw EngineUnreachable("the engine closed the connection")
    }

    /// What comes next; nil at the end.
    ///
    /// - Throws: where the engine breaks off before it.
    mutating func next() async throws -> ByteBuffer? {
        while !isOver {
            switch try await parts.next() {
            case .body(let bytes): return bytes
            case .end: isOver = true
            case .head: continue
            case nil: throw EngineUnreachable("the engine's answer broke off")
            }
        }
        return nil
    }

    /// All of it.
    mutating func collect(upTo limit: Int) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        while var part = try await next() {
            guard whole.readableBytes + part.readableBytes <= limit else {
                throw EngineUnreachable("the engine's answer is longer than \(limit) bytes")
            }
            if whole.readableBytes == 0 { whole = part } else { whole.writeBuffer(&part) }
        }
        return whole
    }
}
