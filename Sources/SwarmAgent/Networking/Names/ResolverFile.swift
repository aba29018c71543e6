import Glibc
import NIOCore
import SwarmModel

/// Which servers a host asks for names: `/etc/resolv.conf` (resolv.conf(5)).
public enum ResolverFile {
    /// As many as the host's own resolver looks at.
    static let limit = 3
    /// The most that is read of a file, bytes.
    private static let size = 65536

    /// The servers that the file names, in its order; none where it cannot be read.
    ///
    /// - Parameter own: addresses that are this node's in its networks: who asks there asks us.
    public static func servers(path: String = "/etc/resolv.conf", except own: Set<IPv4Address> = []) -> [SocketAddress] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in count = fread(buffer.baseAddress, 1, size, file)
        }
        return servers(in: String(decoding: bytes, as: UTF8.self), except: own)
    }

    static func servers(in text: String, except own: Set<IPv4Address> = []) -> [SocketAddress] {
        var servers: [SocketAddress] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            // A comment begins with its line.
            guard words.count > 1, words[0] == "nameserver", line.first == "n" else { continue }
            if let address = IPv4Address(String(words[1])), own.contains(address) { continue }
            guard let server = server(String(words[1])), !servers.contains(server) else { continue }
            servers.append(server)
        }
        return Array(servers.prefix(limit))
    }

    /// A server by its address, IPv4 or IPv6, also `fe80::1%eth0`. Nil for what is no address, or of no interface of this host.
    public static func server(_ address: String) -> SocketAddress? { try? SocketAddress(ipAddress: address, port: 53) }
}
