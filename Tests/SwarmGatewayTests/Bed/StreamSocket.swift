import Foundation
import Glibc

/// A blocking stream socket, apart from the event loops under test. Every call fails after ten seconds.
final class StreamSocket: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String

        init(_ text: String) { description = text + ": " + String(cString: strerror(errno)) }
    }

    let descriptor: Int32
    private var buffered: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var time = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    convenience init(connecting path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.init(descriptor: descriptor)
        guard (try Self.withAddress(path) { connect(descriptor, $0, $1) }) == 0 else { throw Failure("connect \(path)") }
    }

    convenience init(connectingTo port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.init(descriptor: descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure("connect \(port)") }
    }

    deinit { Glibc.close(descriptor) }

    static func withAddress<T>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) throws -> T {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < 107 else { throw Failure("path too long") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure("send") }
            sent += count
        }
    }

    /// Sends what fits at once and says how much that was.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    func closeWrite() { shutdown(descriptor, Int32(SHUT_WR)) }
    func closeBoth() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Whether nothing more comes, waiting for it.
    func isAtEnd() throws -> Bool {
        try buffered.isEmpty && receive().isEmpty
    }

    /// What comes next; empty at the end.
    func receive() throws -> [UInt8] {
        if !buffered.isEmpty {
            defer { buffered = [] }
            return buffered
        }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        // A peer that has closed altogether.
        if count < 0, errno == ECONNRESET { return [] }
        guard count >= 0 else { throw Failure("receive") }
        return Array(bytes[..<count])
    }

    func receive(count: Int) throws -> String {
        var result: [UInt8] = []
        while result.count < count {
            let bytes = try receive()
            if bytes.isEmpty { break }
            result += bytes
        }
        buffered = Array(result.dropFirst(count))
        return String(decoding: result.prefix(count), as: UTF8.self)
    }

    func receiveToEnd() throws -> String {
        var result: [UInt8] = []
        while case let bytes = try receive(), !bytes.isEmpty { result += bytes }
        return String(decoding: result, as: UTF8.self)
    }

    /// Up to and with a text; nil if the peer closes before anything comes.
    func receive(through end: String) throws -> String? {
        let end = Array(end.utf8)
        var result: [UInt8] = []
        while true {
            if let range = result.firstRange(of: end) {
                buffered = Array(result[range.upperBound...])
                return String(decoding: result[..<range.upperBound], as: UTF8.self)
            }
            let bytes = try receive()
            if bytes.isEmpty {
                guard result.isEmpty else { throw Failure("ended in the middle: \(String(decoding: result, as: UTF8.self))") }
                return nil
            }
            result += bytes
        }
    }

    /// A message with its head as it came, its fields by lower-case name, and its content.
    struct Message {
        var head: String
        var line: String
        var fields: [String: String]
        var content = ""

        var status: Int { line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }
        var method: String { String(line.prefix { $0 != " " }) }
        var target: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }

    /// - Parameter answering: the method that was asked with, for an answer.
    func receiveMessage(answering method: String? = nil) throws -> Message? {
        guard let head = try receive(through: "\r\n\r\n") else { return nil }
        var lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        var message = Message(head: head, line: lines.removeFirst(), fields: [:])
        for line in lines {
            let sides = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            message.fields[sides[0].lowercased()] = sides.count > 1 ? sides[1] : ""
        }
        if method == "HEAD" || (method != nil && [101, 204, 304].contains(message.status)) { return message }
        if message.fields["transfer-encoding"] == "chunked" {
            while let line = try receive(through: "\r\n"), let size = Int(line.dropLast(1), radix: 16), size > 0 {
                message.content += try receive(count: size)
                _ = try receive(through: "\r\n")
            }
            _ = try receive(through: "\r\n")
        } else if let length = message.fields["content-length"].flatMap({ Int($0) }) {
            message.content = try receive(count: length)
        } else if method != nil {
            message.content = try receiveToEnd()
        }
        return message
    }

    /// Asks and receives.
    func ask(_ method: String, _ target: String, fields: [String] = [], body: String? = nil) throws -> Message? {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: docker\r\n" + fields.map { $0 + "\r\n" }.joined()
        if let body {
            text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
        } else {
            text += "\r\n"
        }
        try send(text)
        return try receiveMessage(answering: method)
    }
}

/// Runs what blocks on a thread of its own: the pool of Swift's tasks is small.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
