import Foundation
import NetworkNamespaces

/// A TCP connection between two namespaces.
enum Exchange {
    /// Sends a text and gives what arrives at the other end. Neither end waits longer than five seconds.
    static func carry(
        _ text: String, from client: NetworkNamespace, to server: NetworkNamespace, at address: String, port: UInt16
    ) throws -> String {
        let listener = try server.run { try socket { bind($0, $1, $2) == 0 && listen($0, 1) == 0 }(address, port) }
        defer { close(listener) }
        let sender = Thread {
            _ = try? client.run {
                let descriptor = try socket { connect($0, $1, $2) == 0 }(address, port)
                defer { close(descriptor) }
                try FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(text.utf8))
            }
        }
        sender.start()
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { throw POSIXError(.ETIMEDOUT) }
        return String(
            decoding: try FileHandle(fileDescriptor: connection, closeOnDealloc: true).readToEnd() ?? Data(), as: UTF8.self)
    }

    private static func socket(
        _ use: @escaping (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> (String, UInt16) throws -> Int32 {
        { address, port in
            let descriptor = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var patience = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            inet_pton(AF_INET, address, &place.sin_addr)
            let isDone = withUnsafePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard isDone else {
                let code = errno
                close(descriptor)
                throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
            }
            return descriptor
        }
    }
}
