import DockerAPI

/// The swarm as a whole, as the store holds it. Values in the store are sealed, so its secrets are never on a disk in clear.
public struct Cluster: Codable, Sendable, Equatable {
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// With every default filled in, and without keys.
    public var spec: SwarmSpec
    public var root: Root
    /// The root authority that nodes are being moved to.
    public var nextRoot: Root?
    public var joinTokens: Swarm.JoinTokens
    /// `SWMKEY-1-…`; nil where managers are not locked at start.
    public var unlockKey: String?
    /// Signs certificates of store peers; PEM.
    public var peerAuthority: KeyPair
    public var defaultAddressPool: [String]
    public var subnetSize: UInt32
    public var dataPathPort: UInt32

    /// A certificate and its key; PEM.
    public struct KeyPair: Codable, Sendable, Equatable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// A root authority.
    public struct Root: Codable, Sendable, Equatable {
        public var pair: KeyPair
        /// Its key signed by the root before it, PEM, so that nodes that know only that one trust what it signs.
        public var crossSigned: String?

        public init(pair: KeyPair, crossSigned: String? = nil) {
            self.pair = pair
            self.crossSigned = crossSigned
        }
    }

    public init(
        id: String, now: Timestamp, spec: SwarmSpec, root: Root, joinTokens: Swarm.JoinTokens, unlockKey: String?,
        peerAuthority: KeyPair, defaultAddressPool: [String], subnetSize: UInt32, dataPathPort: UInt32
    ) {
        self.id = id
        self.createdAt = now
        self.updatedAt = now
        self.spec = spec
        self.root = root
        self.joinTokens = joinTokens
        self.unlockKey = unlockKey
        self.peerAuthority = peerAuthority
        self.defaultAddressPool = defaultAddressPool
        self.subnetSize = subnetSize
        self.dataPathPort = dataPathPort
    }

    /// What signs new certificates: the next root as soon as there is one.
    public var signingRoot: Root { nextRoot ?? root }

    /// What nodes trust, PEM: two roots while one takes over from the other.
    public var trustedRoots: String { root.pair.certificate + (nextRoot?.pair.certificate ?? "") }
}

/// A node that was removed. Its certificate is refused until it has expired anyway.
public struct RemovedNode: Codable, Sendable, Equatable {
    public var id: String
    public var certificateExpiry: Timestamp

    public init(id: String, certificateExpiry: Timestamp) {
        self.id = id
        self.certificateExpiry = certificateExpiry
    }
}
