/// A network, as the Engine API shows it (`Network` of the Engine API).
public struct NetworkResource: Codable, Sendable, Equatable {
    public var name: String
    public var id: String
    public var created: Timestamp?
    /// `local` or `swarm`.
    public var scope: String
    public var driver: String
    public var isIPv6Enabled: Bool
    public var ipam: IPAM
    public var isInternal: Bool
    public var isAttachable: Bool
    public var isIngress: Bool
    public var options: [String: String]?
    public var labels: [String: String]?
    /// Nodes in it; only where details were asked for.
    public var peers: [Peer]?
    /// Services in it by their names; only where details were asked for.
    public var services: [String: ServiceInfo]?

    public struct IPAM: Codable, Sendable, Equatable {
        public var driver: String
        public var options: [String: String]?
        public var config: [IPAMPool]?

        public init(driver: String = "default", options: [String: String]? = nil, config: [IPAMPool]? = nil) {
            self.driver = driver
            self.options = options
            self.config = config
        }

        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            driver = try values.decodeIfPresent(String.self, forKey: .driver) ?? ""
            options = try values.decodeIfPresent([String: String].self, forKey: .options)
            config = try values.decodeIfPresent([IPAMPool].self, forKey: .config)
        }

        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(driver, forKey: .driver)
            // As the engine writes what is not there.
            try values.encode(options, forKey: .options)
            try values.encode(config, forKey: .config)
        }

        enum CodingKeys: String, CodingKey {
            case driver = "Driver"
            case options = "Options"
            case config = "Config"
        }
    }

    public struct Peer: Codable, Sendable, Equatable {
        public var name: String
        public var address: String

        public init(name: String, address: String) {
            self.name = name
            self.address = address
        }

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case address = "IP"
        }
    }

    public struct ServiceInfo: Codable, Sendable, Equatable {
        public var virtualIP: String
        public var ports: [String]
        public var localIndex: Int
        public var tasks: [TaskInfo]

        public init(virtualIP: String, ports: [String], localIndex: Int = 0, tasks: [TaskInfo]) {
            self.virtualIP = virtualIP
            self.ports = ports
            self.localIndex = localIndex
            self.tasks = tasks
        }

        enum CodingKeys: String, CodingKey {
            case virtualIP = "VIP"
            case ports = "Ports"
            case localIndex = "LocalLBIndex"
            case tasks = "Tasks"
        }
    }

    public struct TaskInfo: Codable, Sendable, Equatable {
        public var name: String
        public var endpointID: String
        public var address: String
        /// `Host IP`: where its node is.
        public var info: [String: String]

        public init(name: String, endpointID: String, address: String, info: [String: String]) {
            self.name = name
            self.endpointID = endpointID
            self.address = address
            self.info = info
        }

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case endpointID = "EndpointID"
            case address = "EndpointIP"
            case info = "Info"
        }
    }

    public init(
        name: String, id: String, created: Timestamp?, scope: String = "swarm", driver: String = "overlay",
        isIPv6Enabled: Bool = false, ipam: IPAM = IPAM(), isInternal: Bool = false, isAttachable: Bool = false,
        isIngress: Bool = false, options: [String: String]? = nil, labels: [String: String]? = nil
    ) {
        self.name = name
        self.id = id
        self.created = created
        self.scope = scope
        self.driver = driver
        self.isIPv6Enabled = isIPv6Enabled
        self.ipam = ipam
        self.isInternal = isInternal
        self.isAttachable = isAttachable
        self.isIngress = isIngress
        self.options = options
        self.labels = labels
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(id, forKey: .id)
        try values.encodeIfPresent(created, forKey: .created)
        try values.encode(scope, forKey: .scope)
        try values.encode(driver, forKey: .driver)
        try values.encode(isIPv6Enabled, forKey: .isIPv6Enabled)
        try values.encode(ipam, forKey: .ipam)
        try values.encode(isInternal, forKey: .isInternal)
        try values.encode(isAttachable, forKey: .isAttachable)
        try values.encode(isIngress, forKey: .isIngress)
        // Nothing is made from another's configuration here, but clients may look.
        try values.encode(["Network": ""], forKey: .configFrom)
        try values.encode(false, forKey: .configOnly)
        // Containers in it are not known where only managers answer; the engine writes null for that, and for the others, too.
        try values.encodeNil(forKey: .containers)
        try values.encode(options, forKey: .options)
        try values.encode(labels, forKey: .labels)
        try values.encodeIfPresent(peers, forKey: .peers)
        try values.encodeIfPresent(services, forKey: .services)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        id = try values.decode(String.self, forKey: .id)
        created = try values.decodeIfPresent(Timestamp.self, forKey: .created)
        scope = try values.decodeIfPresent(String.self, forKey: .scope) ?? ""
        driver = try values.decodeIfPresent(String.self, forKey: .driver) ?? ""
        isIPv6Enabled = try values.decodeIfPresent(Bool.self, forKey: .isIPv6Enabled) ?? false
        ipam = try values.decodeIfPresent(IPAM.self, forKey: .ipam) ?? IPAM()
        isInternal = try values.decodeIfPresent(Bool.self, forKey: .isInternal) ?? false
        isAttachable = try values.decodeIfPresent(Bool.self, forKey: .isAttachable) ?? false
        isIngress = try values.decodeIfPresent(Bool.self, forKey: .isIngress) ?? false
        options = try values.decodeIfPresent([String: String].self, forKey: .options)
        labels = try values.decodeIfPresent([String: String].self, forKey: .labels)
        peers = try values.decodeIfPresent([Peer].self, forKey: .peers)
        services = try values.decodeIfPresent([String: ServiceInfo].self, forKey: .services)
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case id = "Id"
        case created = "Created"
        case scope = "Scope"
        case driver = "Driver"
        case isIPv6Enabled = "EnableIPv6"
        case ipam = "IPAM"
        case isInternal = "Internal"
        case isAttachable = "Attachable"
        case isIngress = "Ingress"
        case configFrom = "ConfigFrom"
        case configOnly = "ConfigOnly"
        case containers = "Containers"
        case options = "Options"
        case labels = "Labels"
        case peers = "Peers"
        case services = "Services"
    }
}

/// Addresses of a network, as the Engine API has them.
public struct IPAMPool: Codable, Sendable, Equatable {
    /// CIDR.
    public var subnet: String?
    /// CIDR.
    public var range: String?
    public var gateway: String?
    public var auxiliaryAddresses: [String: String]?

    public init(
        subnet: String? = nil, range: String? = nil, gateway: String? = nil, auxiliaryAddresses: [String: String]? = nil
    ) {
        self.subnet = subnet
        self.range = range
        self.gateway = gateway
        self.auxiliaryAddresses = auxiliaryAddresses
    }

    enum CodingKeys: String, CodingKey {
        case subnet = "Subnet"
        case range = "IPRange"
        case gateway = "Gateway"
        case auxiliaryAddresses = "AuxiliaryAddresses"
    }
}

/// The body of `POST /networks/create`.
public struct NetworkCreateRequest: Codable, Sendable, Equatable {
    public var name: String?
    public var driver: String?
    public var scope: String?
    public var isIPv6Enabled: Bool?
    public var ipam: NetworkResource.IPAM?
    public var isInternal: Bool?
    public var isAttachable: Bool?
    public var isIngress: Bool?
    /// Of a network that only gives its configuration to others.
    public var isConfigOnly: Bool?
    public var configFrom: ConfigReference?
    public var options: [String: String]?
    public var labels: [String: String]?

    public struct ConfigReference: Codable, Sendable, Equatable {
        public var network: String?

        enum CodingKeys: String, CodingKey { case network = "Network" }
    }

    public init(
        name: String? = nil, driver: String? = nil, scope: String? = nil, isIPv6Enabled: Bool? = nil,
        ipam: NetworkResource.IPAM? = nil, isInternal: Bool? = nil, isAttachable: Bool? = nil, isIngress: Bool? = nil,
        options: [String: String]? = nil, labels: [String: String]? = nil
    ) {
        self.name = name
        self.driver = driver
        self.scope = scope
        self.isIPv6Enabled = isIPv6Enabled
        self.ipam = ipam
        self.isInternal = isInternal
        self.isAttachable = isAttachable
        self.isIngress = isIngress
        self.options = options
        self.labels = labels
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case scope = "Scope"
        case isIPv6Enabled = "EnableIPv6"
        case ipam = "IPAM"
        case isInternal = "Internal"
        case isAttachable = "Attachable"
        case isIngress = "Ingress"
        case isConfigOnly = "ConfigOnly"
        case configFrom = "ConfigFrom"
        case options = "Options"
        case labels = "Labels"
    }
}
