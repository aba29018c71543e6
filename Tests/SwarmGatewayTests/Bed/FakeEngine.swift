import Foundation
import Glibc

/// A server on a unix socket that says what a test tells it to.
final class FakeEngine: @unchecked Sendable {
    /// Serves one connection; it is closed when this returns.
    typealias Script = @Sendable (StreamSocket) throws -> Void

    private let descriptor: Int32
    private let lock = NSLock()
    private var count = 0
    private var stopped = false

    /// Connections so far.
    var connections: Int { lock.withLock { count } }

    init(path: String, script: @escaping Script) throws {
        unlink(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        guard (try StreamSocket.withAddress(path) { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
            throw StreamSocket.Failure("listen on \(path)")
        }
        Thread.detachNewThread { [weak self] in
            while case let client = accept(descriptor, nil, nil), client >= 0 {
                self?.lock.withLock { self?.count += 1 }
                Thread.detachNewThread {
                    let socket = StreamSocket(descriptor: client)
                    try? script(socket)
                }
            }
            // Here, once, since another test may get the same number the moment it is free.
            close(descriptor)
        }
    }

    /// Listens no more; to be called once or more.
    func stop() {
        lock.withLock {
            if !stopped { shutdown(descriptor, Int32(SHUT_RDWR)) }
            stopped = true
        }
    }

    static let fields = "Api-Version: 1.45\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Docker/26.1.5 (linux)\r\n"

    static func answer(_ body: String, status: String = "200 OK", more: String = "") -> String {
        "HTTP/1.1 \(status)\r\n\(fields)Content-Type: application/json\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// What an engine answers that keeps its connections.
    static let ordinary: Script = { socket in
        while let request = try socket.receiveMessage() {
            let path = request.target.split(separator: "?").first.map(String.init) ?? ""
            switch path.replacing(#/^/v[0-9.]+/#, with: "") {
            case "/version": try socket.send(answer(#"{"Version":"26.1.5","ApiVersion":"1.45","MinAPIVersion":"1.24"}"#))
            case "/info":
                try socket.send(
                    answer(
                        #"{"ID":"x","Containers":3,"Plugins":{"Volume":["local"],"Network":["bridge","host"],"Log":null},"#
                            + #""Big":12345678901234567890.5,"Swarm":{"NodeID":"","LocalNodeState":"inactive"},"Warnings":null}"#
                            + "\n"))
            case "/_ping":
                let head = "HTTP/1.1 200 OK\r\n\(fields)Swarm: inactive\r\nContent-Length: 2\r\n\r\n"
                try socket.send(request.method == "HEAD" ? head : head + "OK")
            default:
                try socket.send(answer("{\"line\":\"\(request.line)\",\"length\":\(request.content.utf8.count)}"))
            }
            if request.fields["connection"] == "close" { return }
        }
    }
}
