import DockerAPI
import NIOCore
import SwarmModel

/// One answer with logs, for as long as they go on: a line is taken when the client has taken those before it.
struct LogExchange {
    let client: Connection
    let backend: any SwarmBackend
    let selection: LogSelection
    let format: LogFormat
    /// False for clients that know no chunks: the end of the connection ends the logs.
    let isChunked: Bool

    private enum Step { case ended, broken, clientEnded }

    /// - Parameter isMultiplexedKnown: whether the client knows the name of streams with heads; older ones call all streams raw.
    /// - Returns: whether another request may follow.
    func run(commonFields: [(String, String)], isMultiplexedKnown: Bool, now: Timestamp) async throws -> Bool {
        let kind = format.isMultiplexed && isMultiplexedKnown ? "multiplexed" : "raw"
        var head = ByteBuffer(string: "HTTP/1.1 200 OK\r\n")
        for (name, value) in commonFields { head.writeString("\(name): \(value)\r\n") }
        head.writeString("Content-Type: application/vnd.docker.\(kind)-stream\r\n")
        head.writeString(isChunked ? "Transfer-Encoding: chunked\r\n" : "Connection: close\r\n")
        head.writeString("Date: \(HTTPDate.text(now))\r\n\r\n")
        try await client.write(head)
        let last = await withTaskGroup(of: Step.self) { group in
            group.addTask { await copy() }
            group.addTask {
                await client.inputEnded()
                return .clientEnded
            }
            defer { group.cancelAll() }
            return await group.next() ?? .broken
        }
        guard last == .ended, isChunked else { return false }
        try await client.write(ByteBuffer(string: "0\r\n\r\n"))
        return true
    }

    private func copy() async -> Step {
        do {
            do {
                try await backend.logs(selection) { lines in
                    for line in lines { if let bytes = format.bytes(line) { try await send(bytes) } }
                }
            } catch let error as APIError {
                try await send(format.bytes(error))
            }
            return .ended
        } catch {
            return .broken
        }
    }

    private func send(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        try await client.write(isChunked ? bytes.chunk : bytes)
    }
}

extension ByteBuffer {
    /// These bytes as a chunk of a body (RFC 9112, 7.1).
    var chunk: ByteBuffer {
        var chunk = ByteBuffer(string: String(readableBytes, radix: 16) + "\r\n")
        chunk.writeImmutableBuffer(self)
        chunk.writeString("\r\n")
        return chunk
    }
}
