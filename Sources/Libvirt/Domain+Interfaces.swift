internal import CLibvirt
import Glibc

/// A network interface of a domain, with the addresses that one of the sources knows.
public struct DomainInterface: Hashable, Sendable {
    /// An address with the length of its network's prefix.
    public struct Address: Hashable, Sendable {
        /// The address, as text.
        public var address: String
        /// The prefix length (24 for 255.255.255.0).
        public var prefix: Int
        /// IPv6, not IPv4.
        public var isIPv6: Bool

        /// An address of these parts.
        public init(address: String, prefix: Int, isIPv6: Bool) {
            (self.address, self.prefix, self.isIPv6) = (address, prefix, isIPv6)
        }
    }

    /// The guest's name for it (from the agent) or the host's (from leases and ARP).
    public var name: String
    /// The hardware address, where known.
    public var hardwareAddress: String?
    /// The addresses.
    public var addresses: [Address]

    /// An interface of these parts.
    public init(name: String, hardwareAddress: String?, addresses: [Address]) {
        (self.name, self.hardwareAddress, self.addresses) = (name, hardwareAddress, addresses)
    }
}

extension Domain {
    /// Who is asked for a domain's addresses.
    public enum AddressSource: Sendable {
        /// libvirt's DHCP server.
        case lease
        /// The guest agent.
        case agent
        /// The host's ARP table.
        case arp
    }

    /// The domain's interfaces with their addresses.
    /// - Throws: ``LibvirtError/Code/agentUnresponsive`` when the agent was asked and is not there.
    public func interfaceAddresses(source: AddressSource) throws(LibvirtError) -> [DomainInterface] {
        let number =
            switch source {
            case .lease: VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE
            case .agent: VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT
            case .arp: VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP
            }
        var array: UnsafeMutablePointer<virDomainInterfacePtr?>?
        let count = try check(
            virDomainInterfaceAddresses(handle, &array, number.rawValue, 0), "read the addresses of domain \(name)")
        defer { free(array) }
        return UnsafeBufferPointer(start: array, count: Int(count)).compactMap { entry in
            guard let entry else { return nil }
            defer { virDomainInterfaceFree(entry) }
            return DomainInterface(entry.pointee)
        }
    }
}

extension DomainInterface {
    init(_ entry: virDomainInterface) {
        name = entry.name.map { String(cString: $0) } ?? ""
        hardwareAddress = entry.hwaddr.map { String(cString: $0) }
        addresses = UnsafeBufferPointer(start: entry.addrs, count: Int(entry.naddrs)).compactMap { address in
            guard let text = address.addr else { return nil }
            return Address(
                address: String(cString: text), prefix: Int(address.prefix),
                isIPv6: address.type == CInt(VIR_IP_ADDR_TYPE_IPV6.rawValue))
        }
    }
}
