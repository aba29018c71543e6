import Foundation

/// A UDP socket of the namespace in which it is made.
final class Datagrams: Sendable {
    private let descriptor: Int32

    init(at address: String, port: UInt16, bound: Bool = true) throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard !bound || Self.with(address, port, { bind(descriptor, $0, $1) }) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    }

    deinit { close(descriptor) }

    func send(_ text: String, to address: String, port: UInt16) {
        let bytes = Array(text.utf8)
        Self.with(address, port) { _ = sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    /// Nil when nothing has come within two seconds.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 100)
        let size = recv(descriptor, &buffer, buffer.count, 0)
        return size < 0 ? nil : String(decoding: buffer.prefix(size), as: UTF8.self)
    }

    private static func with<Result>(_ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
        -> Result
    {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &place.sin_addr)
        return withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
