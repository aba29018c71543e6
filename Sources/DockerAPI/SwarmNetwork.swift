/// A network of the swarm, as tasks refer to it (`Network` of Swarm mode's objects).
public struct SwarmNetwork: Codable, Sendable, Equatable {
    public var id: String
    public var version: ObjectVersion
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?
    public var spec: NetworkSpec
    public var driverState: LogDriver?
    public var ipam: IPAMOptions?

    public init(
        id: String, version: ObjectVersion = ObjectVersion(index: 0), createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil,
        spec: NetworkSpec = NetworkSpec(), driverState: LogDriver? = nil, ipam: IPAMOptions? = nil
    ) {
        self.id = id
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.spec = spec
        self.driverState = driverState
        self.ipam = ipam
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case createdAt = "CreatedAt"
        case updatedAt = "UpdatedAt"
        case spec = "Spec"
        case driverState = "DriverState"
        case ipam = "IPAMOptions"
    }
}

/// What a person asks of a swarm's network.
public struct NetworkSpec: Codable, Sendable, Equatable {
    public var name: String?
    public var labels: [String: String]?
    public var driver: LogDriver?
    public var isIPv6Enabled: Bool?
    public var isInternal: Bool?
    public var isAttachable: Bool?
    public var isIngress: Bool?
    public var ipam: IPAMOptions?
    public var scope: String?

    public init(
        name: String? = nil, labels: [String: String]? = nil, driver: LogDriver? = nil, isIPv6Enabled: Bool? = nil,
        isInternal: Bool? = nil, isAttachable: Bool? = nil, isIngress: Bool? = nil, ipam: IPAMOptions? = nil,
        scope: String? = nil
    ) {
        self.name = name
        self.labels = labels
        self.driver = driver
        self.isIPv6Enabled = isIPv6Enabled
        self.isInternal = isInternal
        self.isAttachable = isAttachable
        self.isIngress = isIngress
        self.ipam = ipam
        self.scope = scope
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case labels = "Labels"
        case driver = "DriverConfiguration"
        case isIPv6Enabled = "IPv6Enabled"
        case isInternal = "Internal"
        case isAttachable = "Attachable"
        case isIngress = "Ingress"
        case ipam = "IPAMOptions"
        case scope = "Scope"
    }
}

public struct IPAMOptions: Codable, Sendable, Equatable {
    public var driver: LogDriver?
    public var configs: [IPAMConfig]?

    public init(driver: LogDriver? = nil, configs: [IPAMConfig]? = nil) {
        self.driver = driver
        self.configs = configs
    }

    enum CodingKeys: String, CodingKey {
        case driver = "Driver"
        case configs = "Configs"
    }
}

public struct IPAMConfig: Codable, Sendable, Equatable {
    /// CIDR.
    public var subnet: String?
    /// CIDR.
    public var range: String?
    public var gateway: String?

    public init(subnet: String? = nil, range: String? = nil, gateway: String? = nil) {
        self.subnet = subnet
        self.range = range
        self.gateway = gateway
    }

    enum CodingKeys: String, CodingKey {
        case subnet = "Subnet"
        case range = "Range"
        case gateway = "Gateway"
    }
}
