import Glibc

/// A server that gives back what it gets: of a connection all, once the client has said that there is no more.
final class Echo: Sendable {
    private let descriptor: Int32
    private nonisolated(unsafe) var thread = pthread_t()

    init(in namespace: Namespace, _ kind: __socket_type = SOCK_STREAM, port: UInt16) throws {
        let descriptor = try namespace.socket(kind)
        self.descriptor = descriptor
        guard withAddress("0.0.0.0", port, { bind(descriptor, $0, $1) }) == 0 else { throw Namespace.Failure("bind: \(errno)") }
        if kind == SOCK_STREAM { listen(descriptor, 64) }
        thread = startThread {
            while true {
                if kind == SOCK_STREAM {
                    let connection = accept(descriptor, nil, nil)
                    guard connection >= 0 else { return }
                    Self.limit(connection)
                    Self.write(Self.readAll(connection), to: connection)
                    close(connection)
                } else {
                    var peer = sockaddr_in()
                    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                    var buffer = [UInt8](repeating: 0, count: 65536)
                    let count = withPeer(&peer) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size) }
                    guard count > 0 else { return }
                    _ = withPeer(&peer) { sendto(descriptor, buffer, count, 0, $0, size) }
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        pthread_join(thread, nil)
        close(descriptor)
    }

    /// Nobody is waited for longer than five seconds.
    fileprivate static func limit(_ descriptor: Int32) {
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    fileprivate static func readAll(_ descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    fileprivate static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension Namespace {
    /// What an `Echo` gives back: all, unless something was lost on the way.
    func echo(_ bytes: [UInt8], from address: String, _ port: UInt16, _ kind: __socket_type = SOCK_STREAM) throws -> [UInt8] {
        let descriptor = try socket(kind)
        defer { close(descriptor) }
        Echo.limit(descriptor)
        guard withAddress(address, port, { connect(descriptor, $0, $1) }) == 0 else { throw Failure("connect: \(errno)") }
        if kind == SOCK_DGRAM {
            var buffer = [UInt8](repeating: 0, count: 65536)
            guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { throw Failure("send: \(errno)") }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return Array(buffer.prefix(max(count, 0)))
        }
        Echo.write(bytes, to: descriptor)
        shutdown(descriptor, Int32(SHUT_WR))
        return Echo.readAll(descriptor)
    }
}
