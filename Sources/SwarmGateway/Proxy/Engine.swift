import DockerAPI
import NIOCore
import NIOPosix

/// The engine of this node, behind its own socket.
struct Engine: Sendable {
    /// Path of the engine's unix socket.
    var socket: String
    var group: any EventLoopGroup

    static let silent = APIError(503, "the engine of this node does not answer")

    /// - Throws: `Engine.silent`.
    func connect() async throws -> Connection {
        do {
            return try await ClientBootstrap(group: group)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelOption(.autoRead, value: false)
                .connectTimeout(.seconds(10))
                .connect(unixDomainSocketPath: socket) { Connection.prepare($0) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Self.silent
        }
    }

    /// A whole answer, of bounded size.
    struct Answer: Sendable {
        var head: ResponseHead
        var body: ByteBuffer
    }

    /// Asks on a connection of its own.
    ///
    /// - Throws: `Engine.silent`, also if no whole answer is there in time.
    func get(_ target: String, within time: TimeAmount = .seconds(30)) async throws -> Answer {
        try await ask("GET", target, within: time)
    }

    /// Asks on a connection of its own.
    ///
    /// - Parameter body: JSON; nil for none.
    /// - Throws: `Engine.silent`, also if no whole answer is there in time.
    func ask(
        _ method: String, _ target: String, body: ByteBuffer? = nil, within time: TimeAmount = .seconds(30)
    ) async throws -> Answer {
        var bytes = ByteBuffer(string: "\(method) \(target) HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n")
        if let body {
            bytes.writeString("Content-Type: application/json\r\nContent-Length: \(body.readableBytes)\r\n\r\n")
            bytes.writeImmutableBuffer(body)
        } else {
            bytes.writeString("\r\n")
        }
        return try await exchange(bytes, method, within: time)
    }

    /// Sends a client's request of the method POST on with another body, on a connection of its own.
    ///
    /// - Parameter head: as it came.
    /// - Throws: `Engine.silent`, also if no whole answer is there in time.
    func send(_ head: ByteBuffer, body: ByteBuffer, within time: TimeAmount = .minutes(5)) async throws -> Answer {
        var bytes = HeadEditor.dropping(["transfer-encoding", "expect", "connection"], from: head)
        bytes = HeadEditor.set("Content-Length", to: "\(body.readableBytes)", in: bytes)
        bytes = HeadEditor.set("Connection", to: "close", in: bytes)
        bytes.writeImmutableBuffer(body)
        return try await exchange(bytes, "POST", within: time)
    }

    private func exchange(_ bytes: ByteBuffer, _ method: String, within time: TimeAmount) async throws -> Answer {
        let connection = try await connect()
        defer { connection.close() }
        let timer = connection.limit(time, Self.silent)
        defer { timer.cancel() }
        do {
            try await connection.write(bytes)
            guard let bytes = try await connection.readHead() else { throw Self.silent }
            let head = try ResponseHead(bytes.readableBytesView, answering: method)
            var framing = head.body
            var body = ByteBuffer()
            while var part = try await connection.readContent(&framing) {
                guard body.readableBytes + part.readableBytes <= 16 << 20 else { throw Self.silent }
                body.writeBuffer(&part)
            }
            return Answer(head: head, body: body)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Self.silent
        }
    }
}
