/// The version counter that every swarm object carries and every update must name.
public struct ObjectVersion: Codable, Sendable, Hashable {
    public var index: UInt64

    public init(index: UInt64) { self.index = index }

    enum CodingKeys: String, CodingKey { case index = "Index" }
}

/// The swarm as a whole (`ClusterInfo` of the Engine API).
public struct ClusterInfo: Codable, Sendable, Equatable {
    public var id: String
    public var version: ObjectVersion
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var spec: SwarmSpec
    public var tlsInfo: TLSInfo
    /// Whether nodes are still being moved to a new root authority.
    public var rootRotationInProgress: Bool
    /// What overlay networks get their subnets from, in CIDR notation.
    public var defaultAddressPool: [String]
    /// Prefix length of those subnets, at most 29.
    public var subnetSize: UInt32
    /// UDP port of VXLAN traffic.
    public var dataPathPort: UInt32

    public init(
        id: String, version: ObjectVersion, createdAt: Timestamp, updatedAt: Timestamp, spec: SwarmSpec, tlsInfo: TLSInfo,
        rootRotationInProgress: Bool, defaultAddressPool: [String], subnetSize: UInt32, dataPathPort: UInt32
    ) {
        self.id = id
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.spec = spec
        self.tlsInfo = tlsInfo
        self.rootRotationInProgress = rootRotationInProgress
        self.defaultAddressPool = defaultAddressPool
        self.subnetSize = subnetSize
        self.dataPathPort = dataPathPort
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case createdAt = "CreatedAt"
        case updatedAt = "UpdatedAt"
        case spec = "Spec"
        case tlsInfo = "TLSInfo"
        case rootRotationInProgress = "RootRotationInProgress"
        case defaultAddressPool = "DefaultAddrPool"
        case subnetSize = "SubnetSize"
        case dataPathPort = "DataPathPort"
    }
}

/// The answer of `GET /swarm`: `ClusterInfo` and what new nodes must show.
public struct Swarm: Codable, Sendable, Equatable {
    public var cluster: ClusterInfo
    public var joinTokens: JoinTokens

    public var id: String { cluster.id }

    public init(cluster: ClusterInfo, joinTokens: JoinTokens) {
        self.cluster = cluster
        self.joinTokens = joinTokens
    }

    public struct JoinTokens: Codable, Sendable, Equatable {
        public var worker: String
        public var manager: String

        public init(worker: String, manager: String) {
            self.worker = worker
            self.manager = manager
        }

        enum CodingKeys: String, CodingKey {
            case worker = "Worker"
            case manager = "Manager"
        }
    }

    enum CodingKeys: String, CodingKey { case joinTokens = "JoinTokens" }

    public init(from decoder: any Decoder) throws {
        cluster = try ClusterInfo(from: decoder)
        joinTokens = try decoder.container(keyedBy: CodingKeys.self).decode(JoinTokens.self, forKey: .joinTokens)
    }

    public func encode(to encoder: any Encoder) throws {
        try cluster.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(joinTokens, forKey: .joinTokens)
    }
}

/// Who signs certificates, and what to trust.
public struct TLSInfo: Codable, Sendable, Equatable {
    /// PEM.
    public var trustRoot: String?
    /// Base64 of the issuer's subject in DER.
    public var issuerSubject: String?
    /// Base64 of the issuer's public key in DER.
    public var issuerPublicKey: String?

    public init(trustRoot: String? = nil, issuerSubject: String? = nil, issuerPublicKey: String? = nil) {
        self.trustRoot = trustRoot
        self.issuerSubject = issuerSubject
        self.issuerPublicKey = issuerPublicKey
    }

    enum CodingKeys: String, CodingKey {
        case trustRoot = "TrustRoot"
        case issuerSubject = "CertIssuerSubject"
        case issuerPublicKey = "CertIssuerPublicKey"
    }
}
