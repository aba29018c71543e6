/// The body of `POST /swarm/init`.
public struct SwarmInitRequest: Codable, Sendable, Equatable {
    /// Address and port, or interface and port, of the management port.
    public var listenAddress: String?
    public var advertiseAddress: String?
    public var dataPathAddress: String?
    /// 0 for the default, 4789.
    public var dataPathPort: UInt32?
    /// Begin again as the only manager, with the state that is there.
    public var forceNewCluster: Bool?
    public var spec: SwarmSpec?
    public var autoLockManagers: Bool?
    /// `active`, `pause` or `drain`.
    public var availability: String?
    public var defaultAddressPool: [String]?
    public var subnetSize: UInt32?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case listenAddress = "ListenAddr"
        case advertiseAddress = "AdvertiseAddr"
        case dataPathAddress = "DataPathAddr"
        case dataPathPort = "DataPathPort"
        case forceNewCluster = "ForceNewCluster"
        case spec = "Spec"
        case autoLockManagers = "AutoLockManagers"
        case availability = "Availability"
        case defaultAddressPool = "DefaultAddrPool"
        case subnetSize = "SubnetSize"
    }
}

/// The body of `POST /swarm/join`.
public struct SwarmJoinRequest: Codable, Sendable, Equatable {
    public var listenAddress: String?
    public var advertiseAddress: String?
    public var dataPathAddress: String?
    /// Managers of the swarm, as `host:port` or `host`.
    public var remoteAddresses: [String]?
    public var joinToken: String?
    public var availability: String?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case listenAddress = "ListenAddr"
        case advertiseAddress = "AdvertiseAddr"
        case dataPathAddress = "DataPathAddr"
        case remoteAddresses = "RemoteAddrs"
        case joinToken = "JoinToken"
        case availability = "Availability"
    }
}

/// The body of `POST /swarm/unlock` and the answer of `GET /swarm/unlockkey`.
public struct SwarmUnlockKey: Codable, Sendable, Equatable {
    /// `SWMKEY-1-…`; empty where managers are not locked at start.
    public var unlockKey: String?

    public init(unlockKey: String?) { self.unlockKey = unlockKey }

    enum CodingKeys: String, CodingKey { case unlockKey = "UnlockKey" }
}

/// The query of `POST /swarm/update`.
public struct SwarmUpdateFlags: Sendable, Equatable {
    public var rotateWorkerToken: Bool
    public var rotateManagerToken: Bool
    public var rotateManagerUnlockKey: Bool

    public init(rotateWorkerToken: Bool = false, rotateManagerToken: Bool = false, rotateManagerUnlockKey: Bool = false) {
        self.rotateWorkerToken = rotateWorkerToken
        self.rotateManagerToken = rotateManagerToken
        self.rotateManagerUnlockKey = rotateManagerUnlockKey
    }
}
