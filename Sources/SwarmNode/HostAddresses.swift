import DockerAPI
import SwarmRPC

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The addresses of this host, by which requests name interfaces and from which a default is chosen.
public struct HostAddresses: Sendable, Equatable {
    /// An address on an interface.
    public struct Entry: Sendable, Equatable {
        public var interface: String
        public var address: String

        public init(interface: String, address: String) {
            self.interface = interface
            self.address = address
        }
    }

    /// In the system's order.
    public var entries: [Entry]

    public init(_ entries: [Entry]) { self.entries = entries }

    /// What the system says now: addresses of interfaces that are up, IPv4 first, without those of this host alone.
    public static func current() -> HostAddresses {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return HostAddresses([]) }
        defer { freeifaddrs(list) }
        var entries: [Entry] = []
        var next = list
        while let item = next?.pointee {
            next = item.ifa_next
            guard let address = item.ifa_addr, item.ifa_flags & UInt32(IFF_UP) != 0,
                item.ifa_flags & UInt32(IFF_LOOPBACK) == 0, address.pointee.sa_family == sa_family_t(AF_INET)
            else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(
                    address, socklen_t(MemoryLayout<sockaddr_in>.size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            entries.append(
                Entry(
                    interface: String(cString: item.ifa_name),
                    address: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)))
        }
        return HostAddresses(entries)
    }

    static let defaultPort = 2377

    /// Where to serve the management port.
    ///
    /// - Parameter text: an address or an interface, with or without a port.
    func listen(_ text: String) throws -> Endpoint {
        guard !text.isEmpty else { throw APIError(400, "invalid ListenAddr \"\": invalid empty address") }
        guard var endpoint = Endpoint(text, defaultPort: Self.defaultPort), let host = try? resolve(endpoint.host) else {
            throw APIError(
                400, "listen address must be an IP address or network interface (with optional port number)")
        }
        endpoint.host = host
        return endpoint
    }

    /// Under which address and port others reach the management port.
    ///
    /// - Parameters:
    ///   - text: empty for the one address there is, or the one that is listened on.
    ///   - listen: where the port is served.
    func advertise(_ text: String, listen: Endpoint) throws -> Endpoint {
        guard !text.isEmpty else {
            let isAny = listen.host == "0.0.0.0" || listen.host == "::"
            return Endpoint(host: isAny ? try only() : listen.host, port: listen.port)
        }
        guard var endpoint = Endpoint(text, defaultPort: listen.port), let host = try? resolve(endpoint.host), !Self.isZero(host)
        else {
            throw APIError(
                400, "advertise address must be a non-zero IP address or network interface (with optional port number)")
        }
        endpoint.host = host
        return endpoint
    }

    /// From which address data goes to other nodes.
    func dataPath(_ text: String, advertise: Endpoint) throws -> String {
        guard !text.isEmpty else { return advertise.host }
        guard let host = try? resolve(text), !Self.isZero(host) else {
            throw APIError(
                400, "data path address must be a non-zero IP address or network interface (without a port number)")
        }
        return host
    }

    /// The interface that has this address; nil where none has, as with an address that others translate.
    func interface(of address: String) -> String? { entries.first { $0.address == address }?.interface }

    /// The first address of this interface.
    func address(on interface: String) -> String? { entries.first { $0.interface == interface }?.address }

    /// The address itself, or that of the interface.
    private func resolve(_ host: String) throws -> String {
        if Self.isAddress(host) { return host }
        let found = entries.filter { $0.interface == host }.map(\.address)
        guard let first = found.first else { throw APIError(400, "no such address or interface: \(host)") }
        return first
    }

    /// The one address that others could mean.
    private func only() throws -> String {
        // What engines make for containers is nobody's way to this host.
        let candidates = entries.filter { entry in
            !["docker", "br-", "veth", "virbr"].contains { entry.interface.hasPrefix($0) }
        }
        guard let first = candidates.first else {
            throw APIError(400, "could not find the system's IP address - specify one with --advertise-addr")
        }
        guard let second = candidates.dropFirst().first(where: { $0.address != first.address }) else { return first.address }
        let text = "could not choose an IP address to advertise since this system has multiple addresses on "
        throw APIError(
            400,
            text
                + (first.interface == second.interface
                    ? "interface \(first.interface) (\(first.address) and \(second.address))"
                    : "different interfaces (\(first.address) on \(first.interface) and \(second.address) on \(second.interface))")
        )
    }

    private static func isAddress(_ text: String) -> Bool {
        var storage = in6_addr()
        return inet_pton(AF_INET, text, &storage) == 1 || inet_pton(AF_INET6, text, &storage) == 1
    }

    private static func isZero(_ address: String) -> Bool { address == "0.0.0.0" || address == "::" }
}
