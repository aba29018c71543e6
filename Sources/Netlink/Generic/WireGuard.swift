/// What is to be changed of an interface of WireGuard.
public struct WireGuardSettings: Sendable, Equatable {
    /// Nil leaves the one that it has.
    public var privateKey: WireGuardKey?
    /// UDP port; nil leaves the one that it has.
    public var listenPort: UInt16?
    /// Those that are not named here stay as they are.
    public var peers: [WireGuardPeer]

    public init(privateKey: WireGuardKey? = nil, listenPort: UInt16? = nil, peers: [WireGuardPeer] = []) {
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.peers = peers
    }
}

/// Another end of WireGuard.
public struct WireGuardPeer: Sendable, Equatable {
    public var publicKey: WireGuardKey
    /// Where it is; nil where it comes by itself.
    public var endpoint: Endpoint?
    /// Addresses that are its: packets for them go there, and it may send from them. They take the place of those that it had.
    public var allowed: [IPPrefix]
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

    public init(publicKey: WireGuardKey, endpoint: Endpoint? = nil, allowed: [IPPrefix] = [], isRemoved: Bool = false) {
        self.publicKey = publicKey
        self.endpoint = endpoint
        self.allowed = allowed
        self.isRemoved = isRemoved
    }
}

/// A key of Curve25519, of either half.
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
    /// Nil where it has no key yet.
    public var publicKey: WireGuardKey?
    public var listenPort: UInt16
    public var peers: [WireGuardPeer]

    public init(name: String, publicKey: WireGuardKey? = nil, listenPort: UInt16 = 0, peers: [WireGuardPeer] = []) {
        self.name = name
        self.publicKey = publicKey
        self.listenPort = listenPort
        self.peers = peers
    }
}
