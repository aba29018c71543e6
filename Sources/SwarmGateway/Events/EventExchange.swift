import DockerAPI
import FoundationEssentials
import NIOCore

/// `GET /events`: the engine's events and the swarm's in one stream.
struct EventExchange {
    let client: Connection
    let engine: Connection
    let request: RequestHead
    let filter: EventFilter
    let events: AsyncStream<SwarmEvent>

    private enum Step { case engineEnded, broken, swarmEnded, clientEnded }

    /// - Returns: whether another request may follow.
    /// - Throws: `Engine.silent` while nothing has been answered yet.
    func run(head: ByteBuffer) async throws -> Bool {
        let bytes: ByteBuffer
        let answer: ResponseHead
        do {
            try await engine.write(head)
            guard let first = try await engine.readHead() else { throw Engine.silent }
            bytes = first
            answer = try ResponseHead(first.readableBytesView, answering: request.method)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Engine.silent
        }
        try await client.write(bytes)
        guard answer.status == 200, answer.body == .chunked || answer.body == .untilEnd else {
            var framing = answer.body
            while let part = try await engine.readBody(&framing) { try await client.write(part) }
            return answer.keepsAlive && request.keepsAlive
        }
        let isChunked = answer.body == .chunked
        let last = await withTaskGroup(of: Step.self) { group in
            group.addTask { await copyEngine(answer.body, isChunked) }
            group.addTask { await copySwarm(isChunked) }
            group.addTask {
                await client.inputEnded()
                return .clientEnded
            }
            defer { group.cancelAll() }
            for await step in group where step != .swarmEnded {
                // Who writes to a client that is gone must not be waited for.
                if step != .engineEnded { client.close() }
                return step
            }
            return .broken
        }
        guard last == .engineEnded else { return false }
        if isChunked { try await client.write(ByteBuffer(string: "0\r\n\r\n")) }
        return answer.keepsAlive && request.keepsAlive
    }

    /// Passes whole lines on, so that a line of the swarm never stands inside one of the engine.
    private func copyEngine(_ body: BodyFraming, _ isChunked: Bool) async -> Step {
        var framing = body
        var pending = ByteBuffer()
        do {
            while var part = try await engine.readContent(&framing) {
                pending.writeBuffer(&part)
                guard let end = pending.readableBytesView.lastIndex(of: UInt8(ascii: "\n")),
                    let lines = pending.readSlice(length: end + 1 - pending.readerIndex)
                else { continue }
                pending.discardReadBytes()
                try await client.write(Self.framed(lines, isChunked))
            }
            if pending.readableBytes > 0 { try await client.write(Self.framed(pending, isChunked)) }
            return .engineEnded
        } catch {
            return .broken
        }
    }

    private func copySwarm(_ isChunked: Bool) async -> Step {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do {
            for await event in events where filter.includes(event) {
                let message = EventMessage(
                    kind: event.kind, action: event.action, actor: .init(id: event.id, attributes: event.attributes),
                    scope: "swarm", time: event.time)
                var line = ByteBuffer(bytes: try encoder.encode(message))
                line.writeString("\n")
                // A line that is on its way when the engine's events end goes out whole: to cancel it would end the connection.
                let bytes = Self.framed(line, isChunked)
                try await Task { try await client.write(bytes) }.value
            }
            return .swarmEnded
        } catch {
            return .broken
        }
    }

    private static func framed(_ bytes: ByteBuffer, _ isChunked: Bool) -> ByteBuffer {
        isChunked ? bytes.chunk : bytes
    }
}
