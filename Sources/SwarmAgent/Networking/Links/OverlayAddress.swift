import Netlink
import SwarmModel

extension MACAddress {
    /// That of whoever has an address in an overlay network: two bytes that are nobody's (locally administered), then the address. So nobody
    /// has to ask, or to tell, which MAC an address has. The engine gives the same to containers by itself.
    public init(overlay address: IPv4Address) { self.init(kind: 0x42, address) }

    /// That of a node's tunnel, which must be nobody else's: nothing is sent there, but udev gives a MAC to links that have none of their own.
    init(tunnelOf address: IPv4Address) { self.init(kind: 0x43, address) }

    /// Whether an address in an overlay network may have it.
    var isInOverlay: Bool { bytes.starts(with: [0x02, 0x42]) }

    private init(kind: UInt64, _ address: IPv4Address) { self.init(number: 0x02 << 40 | kind << 32 | UInt64(address.number)) }
}

extension IPAddress {
    public init(_ address: IPv4Address) { self.init(ipv4: address.number) }
}
