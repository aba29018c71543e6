import CNetlink
import Glibc

/// What is to be changed of an interface; what is nil stays.
public struct LinkSettings: Sendable, Equatable {
    public var isUp: Bool?
    public var mac: MACAddress?
    public var mtu: Int?
    /// Index of a bridge to be a port of; 0 for none.
    public var master: Int32?
    public var ipv4: IPv4Settings?
    public var ipv6AddressGeneration: IPv6AddressGeneration?

    public init(
        isUp: Bool? = nil, mac: MACAddress? = nil, mtu: Int? = nil, master: Int32? = nil, ipv4: IPv4Settings? = nil,
        ipv6AddressGeneration: IPv6AddressGeneration? = nil
    ) {
        self.isUp = isUp
        self.mac = mac
        self.mtu = mtu
        self.master = master
        self.ipv4 = ipv4
        self.ipv6AddressGeneration = ipv6AddressGeneration
    }

    public var isEmpty: Bool { self == LinkSettings() }

    /// Of the structure that the message begins with: flags, and which of them count.
    var flags: (UInt32, mask: UInt32) {
        guard let isUp else { return (0, 0) }
        return (isUp ? UInt32(IFF_UP) : 0, UInt32(IFF_UP))
    }

    var attributes: AttributeList {
        var list = AttributeList()
        if let mac { list.add(IFLA_ADDRESS, mac.bytes) }
        if let mtu { list.add(IFLA_MTU, native: UInt32(clamping: mtu)) }
        if let master { list.add(Int(IFLA_MASTER), native: master) }
        guard ipv4 != nil || ipv6AddressGeneration != nil else { return list }
        list.add(IFLA_AF_SPEC) { families in
            if let ipv4 {
                families.add(Int(AF_INET)) {
                    $0.add(IFLA_INET_CONF) { values in
                        values.add(IPv4Settings.reversePathFilterNumber, native: ipv4.reversePathFilter.rawValue)
                        values.add(IPv4Settings.routesLoopbackNumber, native: UInt32(ipv4.routesLoopback ? 1 : 0))
                        values.add(IPv4Settings.acceptsOwnAddressesNumber, native: UInt32(ipv4.acceptsOwnAddresses ? 1 : 0))
                    }
                }
            }
            if let ipv6AddressGeneration {
                families.add(Int(AF_INET6)) { $0.add(IFLA_INET6_ADDR_GEN_MODE, native: ipv6AddressGeneration.rawValue) }
            }
        }
        return list
    }
}

extension IPv4Settings {
    /// `IPV4_DEVCONF_…` of `linux/ip.h`, which cannot be included beside glibc's headers. The kernel counts them from 1.
    static let reversePathFilterNumber = 8
    static let acceptsOwnAddressesNumber = 23
    static let routesLoopbackNumber = 26

    /// From the list of all values, the first of which has the number 1.
    init?(values: ArraySlice<UInt8>) {
        guard let filter: UInt32 = values.number(at: (Self.reversePathFilterNumber - 1) * 4),
            let accepts: UInt32 = values.number(at: (Self.acceptsOwnAddressesNumber - 1) * 4),
            let routes: UInt32 = values.number(at: (Self.routesLoopbackNumber - 1) * 4)
        else { return nil }
        self.init(
            reversePathFilter: ReversePathFilter(rawValue: filter) ?? .loose, routesLoopback: routes != 0,
            acceptsOwnAddresses: accepts != 0)
    }
}
