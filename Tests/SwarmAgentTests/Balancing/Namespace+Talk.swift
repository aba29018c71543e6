import Glibc

/// How a request ended.
enum Answer: Equatable, CustomStringConvertible {
    /// Who answered, and the address that it was asked from.
    case from(String, client: String)
    /// At once: nobody is there.
    case refused
    /// Nothing came for a second.
    case silence
    case failed(Int32)

    var description: String {
        switch self {
        case .from(let name, let client): "\(name) to \(client)"
        case .refused: "refused"
        case .silence: "silence"
        case .failed(let code): String(cString: strerror(code))
        }
    }

    var name: String? { if case .from(let name, _) = self { name } else { nil } }
    var client: String? { if case .from(_, let client) = self { client } else { nil } }
}

/// A server that tells everybody its name and the address that it is asked from, until it goes.
final class Greeter: Sendable {
    private let descriptor: Int32
    private nonisolated(unsafe) var thread = pthread_t()

    init(_ name: String, in namespace: Namespace, _ kind: __socket_type = SOCK_STREAM, port: UInt16) throws {
        let descriptor = try namespace.socket(kind)
        self.descriptor = descriptor
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress("0.0.0.0", port, { bind(descriptor, $0, $1) }) == 0 else { throw Namespace.Failure("bind: \(errno)") }
        if kind == SOCK_STREAM { listen(descriptor, 64) }
        thread = startThread {
            while true {
                var peer = sockaddr_in()
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                var buffer = [UInt8](repeating: 0, count: 64)
                if kind == SOCK_STREAM {
                    let connection = withPeer(&peer) { accept(descriptor, $0, &size) }
                    guard connection >= 0 else { return }
                    let text = Array("\(name) \(text(of: peer))".utf8)
                    send(connection, text, text.count, Int32(MSG_NOSIGNAL))
                    close(connection)
                } else {
                    let count = withPeer(&peer) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size) }
                    guard count > 0 else { return }
                    let text = Array("\(name) \(text(of: peer))".utf8)
                    _ = withPeer(&peer) { sendto(descriptor, text, text.count, 0, $0, size) }
                }
            }
        }
    }

    deinit {
        // A thread that waits in a call is woken by that, even where the call says that nothing was connected.
        shutdown(descriptor, Int32(SHUT_RDWR))
        pthread_join(thread, nil)
        close(descriptor)
    }
}

extension Namespace {
    /// Asks a `Greeter`.
    func ask(_ address: String, _ port: UInt16, _ kind: __socket_type = SOCK_STREAM) throws -> Answer {
        let descriptor = try socket(kind)
        defer { close(descriptor) }
        return Self.ask(descriptor, address, port)
    }

    /// Asks with a socket that may have asked before.
    static func ask(_ descriptor: Int32, _ address: String, _ port: UInt16) -> Answer {
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard withAddress(address, port, { connect(descriptor, $0, $1) }) == 0 else { return failure }
        // A stream's server speaks without being asked; one of datagrams does not know of us.
        var kind: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &size)
        if kind == Int32(SOCK_DGRAM.rawValue), send(descriptor, "?", 1, 0) < 0 { return failure }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return failure }
        let words = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
        return .from(String(words[0]), client: String(words[1]))
    }

    /// Whether somebody answers to an echo request.
    func pings(_ address: String) throws -> Bool {
        let descriptor = try socket(SOCK_RAW, protocol: Int(IPPROTO_ICMP))
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // Type 8, and a checksum that makes the sum of all words one's complement zero.
        let request: [UInt8] = [8, 0, 0xf7, 0xff, 0, 0, 0, 0]
        guard withAddress(address, 0, { sendto(descriptor, request, request.count, 0, $0, $1) }) > 0 else { return false }
        var reply = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &reply, reply.count, 0)
        // Behind the header of IP: an echo reply.
        return count >= 28 && reply[20] == 0
    }

    private static var failure: Answer {
        switch errno {
        case ECONNREFUSED: .refused
        case EAGAIN, EINPROGRESS, ETIMEDOUT: .silence
        default: .failed(errno)
        }
    }
}

func withAddress<Result>(
    _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &name.sin_addr)
    return withPeer(&name) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
}

func withPeer<Result>(_ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result) -> Result {
    withUnsafeMutablePointer(to: &name) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
}

private func text(of name: sockaddr_in) -> String {
    var name = name
    var buffer = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
    inet_ntop(AF_INET, &name.sin_addr, &buffer, socklen_t(buffer.count))
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
