import FoundationEssentials
import Glibc

/// A folder of one test's own, directly below /tmp because paths of sockets are short.
struct TestFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/swarmstore-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A port of 127.0.0.1 that nobody listened to a moment ago.
func freePort() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            guard bind(descriptor, $0, length) == 0, getsockname(descriptor, $0, &length) == 0 else { return 0 }
            return Int(UInt16(bigEndian: $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port }))
        }
    }
}
