/// What an interface of WireGuard is to be like.
public struct WireGuardSettings: Sendable, Equatable {
    /// Nil leaves the one that it has.
    public var privateKey: WireGuardKey?
    /// UDP port; nil leaves the one that it has.
    public var listenPort: UInt16?
    /// Of its packets, for rules of routing; 0 for none, nil leaves the one that it has.
    public var mark: UInt32?
    /// Whether peers that are not named here are removed.
    public var replacesPeers: Bool
    public var peers: [WireGuardPeer]

    public init(
        privateKey: WireGuardKey? = nil, listenPort: UInt16? = nil, mark: UInt32? = nil, replacesPeers: Bool = false,
        peers: [WireGuardPeer] = []
    ) {
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.mark = mark
        self.replacesPeers = replacesPeers
        self.peers = peers
    }
}

/// Another end of WireGuard.
public struct WireGuardPeer: Sendable, Equatable {
    public var publicKey: WireGuardKey
    /// A secret that both have besides; nil for none.
    public var presharedKey: WireGuardKey?
    /// Where it is; nil where it comes by itself.
    public var endpoint: Endpoint?
    /// Addresses that are its: packets for them go there, and it may send from them. They take the place of those that it had.
    public var allowed: [IPPrefix]
    /// Seconds between packets that keep a translation on the way; 0 for none.
    public var keepalive: UInt16
    /// Whether it is to be removed.
    public var isRemoved: Bool

    public struct Endpoint: Sendable, Equatable {
        public var address: IPAddress
        public var port: UInt16

        public init(_ address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    public init(
        publicKey: WireGuardKey, presharedKey: WireGuardKey? = nil, endpoint: Endpoint? = nil, allowed: [IPPrefix] = [],
        keepalive: UInt16 = 0, isRemoved: Bool = false
    ) {
        self.publicKey = publicKey
        self.presharedKey = presharedKey
        self.endpoint = endpoint
        self.allowed = allowed
        self.keepalive = keepalive
        self.isRemoved = isRemoved
    }
}

/// A key of Curve25519, of either half, or a secret of that size.
public struct WireGuardKey: Sendable, Hashable {
    /// 32.
    public let bytes: [UInt8]

    /// Nil with any other number of bytes than 32.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    static let size = 32
}

/// An interface of WireGuard as it is.
public struct WireGuardDevice: Sendable, Equatable {
    public var name: String
    public var publicKey: WireGuardKey?
    public var listenPort: UInt16
    public var mark: UInt32
    public var peers: [Peer]

    /// A peer, and what has been heard of it.
    public struct Peer: Sendable, Equatable {
        public var settings: WireGuardPeer
        /// Seconds since 1970 of the last time that both proved who they are; 0 for never. Two minutes later it is done again where
        /// there are packets.
        public var lastHandshake: Int64
        /// Bytes.
        public var received: UInt64
        public var sent: UInt64

        public init(settings: WireGuardPeer, lastHandshake: Int64 = 0, received: UInt64 = 0, sent: UInt64 = 0) {
            self.settings = settings
            self.lastHandshake = lastHandshake
            self.received = received
            self.sent = sent
        }
    }
}
