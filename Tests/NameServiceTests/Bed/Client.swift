import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import NameService

/// Somebody who asks, from an address of loopback. Its calls wait, at most five seconds each.
final class Client: @unchecked Sendable {
    private let descriptor: Int32
    private let isStream: Bool

    struct Failed: Error, CustomStringConvertible {
        var call: String
        var code = errno
        var description: String { "\(call): \(String(cString: strerror(code)))" }
    }

    init(_ transport: Transport, from source: String = "127.0.0.1", to address: String, port: Int) throws {
        isStream = transport == .stream
        descriptor = socket(AF_INET, Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue), 0)
        guard descriptor >= 0 else { throw Failed(call: "socket") }
        var time = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        let own = try SocketAddress(ipAddress: source, port: 0)
        guard own.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else { throw Failed(call: "bind") }
        let other = try SocketAddress(ipAddress: address, port: port)
        guard other.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0 else { throw Failed(call: "connect") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var bytes = bytes
        if isStream { bytes = [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }
        try sendAsIs(bytes)
    }

    func sendAsIs(_ bytes: [UInt8]) throws {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failed(call: "send")
        }
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// One message; nil where the connection has ended.
    func receive() throws -> ByteBuffer? {
        guard isStream else { return ByteBuffer(bytes: try read(65536)) }
        guard let head = try readAll(2) else { return nil }
        return try readAll(Int(head[0]) << 8 | Int(head[1])).map { ByteBuffer(bytes: $0) }
    }

    func ask(_ message: Message) throws -> Message? {
        try send(Array(message.encode().readableBytesView))
        return try receive().map { try Message(reading: $0) }
    }

    func ask(_ name: String, _ type: RecordType = .a, id: UInt16 = 0x4711, payload: UInt16? = nil) throws -> Message? {
        try ask(Client.query(name, type, id: id, payload: payload))
    }

    static func query(_ name: String, _ type: RecordType = .a, id: UInt16 = 0x4711, payload: UInt16? = nil) throws -> Message {
        var flags = Message.Flags()
        flags.wantsRecursion = true
        return Message(
            id: id, flags: flags, questions: [Question(try #require(DomainName(name)), type)],
            extensions: payload.map { Message.Extensions(payload: $0) })
    }

    private func readAll(_ count: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(count - bytes.count)
            if more.isEmpty { return nil }
            bytes += more
        }
        return bytes
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &bytes, count, 0)
        if received < 0, errno == ECONNRESET { return [] }
        guard received >= 0 else { throw Failed(call: "recv") }
        return Array(bytes[..<received])
    }
}

/// Runs what waits on a thread of its own kind.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOThreadPool.singleton.runIfActive(body)
}
