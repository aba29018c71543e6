/// A network interface.
public struct Link: Sendable, Equatable {
    /// Its number, by which everything else names it.
    public var index: Int32
    public var name: String
    /// `bridge`, `vxlan`, `veth`, `wireguard`…; nil for hardware and loopback.
    public var kind: String?
    public var mac: MACAddress?
    /// Bytes.
    public var mtu: Int
    /// Index of the bridge that it is a port of.
    public var master: Int32?
    /// Whether it is meant to be up; see `hasCarrier`.
    public var isUp: Bool
    /// Whether there is something at its other end.
    public var hasCarrier: Bool
    public var vxlan: VXLAN?
    /// Nil where it is no port of a bridge.
    public var bridgePort: BridgePort?
    /// Nil where the kernel does not tell.
    public var ipv4: IPv4Settings?
    public var ipv6AddressGeneration: IPv6AddressGeneration?

    public init(
        index: Int32, name: String, kind: String? = nil, mac: MACAddress? = nil, mtu: Int = 1500, master: Int32? = nil,
        isUp: Bool = false, hasCarrier: Bool = false, vxlan: VXLAN? = nil, bridgePort: BridgePort? = nil,
        ipv4: IPv4Settings? = nil,
        ipv6AddressGeneration: IPv6AddressGeneration? = nil
    ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.mac = mac
        self.mtu = mtu
        self.master = master
        self.isUp = isUp
        self.hasCarrier = hasCarrier
        self.vxlan = vxlan
        self.bridgePort = bridgePort
        self.ipv4 = ipv4
        self.ipv6AddressGeneration = ipv6AddressGeneration
    }
}

/// A VXLAN tunnel (RFC 7348), whose other ends are entries of its forwarding table.
public struct VXLAN: Sendable, Equatable {
    /// VXLAN network identifier, 24 bits.
    public var id: UInt32
    /// UDP port, at both ends.
    public var port: UInt16
    /// Where its packets come from.
    public var local: IPAddress?
    /// Whether it takes over where frames came from. Without, only its entries say where frames go to.
    public var learns: Bool

    public init(id: UInt32, port: UInt16, local: IPAddress?, learns: Bool = false) {
        self.id = id
        self.port = port
        self.local = local
        self.learns = learns
    }
}

/// How a bridge treats one of its ports.
public struct BridgePort: Sendable, Equatable {
    /// Whether the bridge answers ARP itself, where its neighbour table has the answer, rather than send the question out there.
    public var suppressesNeighbours: Bool
    /// Whether the bridge takes over from frames what is behind the port.
    public var learns: Bool
    /// Whether frames for unknown addresses go out there.
    public var floodsUnknown: Bool
    public var floodsMulticast: Bool
    public var floodsBroadcast: Bool

    public init(suppressesNeighbours: Bool, learns: Bool, floodsUnknown: Bool, floodsMulticast: Bool, floodsBroadcast: Bool) {
        self.suppressesNeighbours = suppressesNeighbours
        self.learns = learns
        self.floodsUnknown = floodsUnknown
        self.floodsMulticast = floodsMulticast
        self.floodsBroadcast = floodsBroadcast
    }

    /// What the kernel gives a new port.
    public static let usual = BridgePort(
        suppressesNeighbours: false, learns: true, floodsUnknown: true, floodsMulticast: true, floodsBroadcast: true)

    /// Nothing goes out that is not known to be there.
    public static let onlyKnown = BridgePort(
        suppressesNeighbours: true, learns: false, floodsUnknown: false, floodsMulticast: false, floodsBroadcast: false)
}

/// What `net.ipv4.conf.<interface>` has, of which the kernel takes the larger with that of `all`.
public struct IPv4Settings: Sendable, Equatable {
    /// `rp_filter`.
    public var reversePathFilter: ReversePathFilter
    /// `route_localnet`: whether packets with addresses of 127.0.0.0/8 may pass.
    public var routesLoopback: Bool
    /// `accept_local`: whether packets may arrive that come from an address of this host.
    public var acceptsOwnAddresses: Bool

    public init(reversePathFilter: ReversePathFilter, routesLoopback: Bool, acceptsOwnAddresses: Bool = false) {
        self.reversePathFilter = reversePathFilter
        self.routesLoopback = routesLoopback
        self.acceptsOwnAddresses = acceptsOwnAddresses
    }

    /// Whether packets are dropped by where an answer to them would go (RFC 3704).
    public enum ReversePathFilter: UInt32, Sendable {
        case off = 0
        /// It would have to go back through the same interface.
        case strict = 1
        /// There would have to be a way at all.
        case loose = 2
    }
}

/// Where an interface has its own address of IPv6 (fe80::…) from.
public enum IPv6AddressGeneration: UInt8, Sendable {
    case fromMAC = 0
    case none = 1
    case stablePrivacy = 2
    case random = 3
}
