import Glibc

/// The subnets that this host's own interfaces are in.
enum HostInterfaces {
    static func subnets() -> [IPv4Subnet] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [IPv4Subnet] = []
        var next = list
        while let entry = next?.pointee {
            if let address = ipv4(entry.ifa_addr), let mask = ipv4(entry.ifa_netmask) {
                found.append(IPv4Subnet(host: address, prefix: mask.nonzeroBitCount))
            }
            next = entry.ifa_next
        }
        return found
    }

    private static func ipv4(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
        guard let address, address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
        }
    }
}
