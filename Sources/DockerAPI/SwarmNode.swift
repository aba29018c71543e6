/// A node of the swarm (`Node` of the Engine API).
public struct SwarmNode: Codable, Sendable, Equatable {
    public var id: String
    public var version: ObjectVersion
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?
    public var spec: Spec
    public var description: Description
    public var status: Status
    /// Nil on a worker.
    public var managerStatus: ManagerStatus?

    public init(
        id: String, version: ObjectVersion, createdAt: Timestamp?, updatedAt: Timestamp?, spec: Spec, description: Description,
        status: Status, managerStatus: ManagerStatus?
    ) {
        self.id = id
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.spec = spec
        self.description = description
        self.status = status
        self.managerStatus = managerStatus
    }

    /// What a person may change of a node.
    public struct Spec: Codable, Sendable, Equatable {
        public var name: String?
        public var labels: [String: String]?
        /// `worker` or `manager`.
        public var role: String
        /// `active`, `pause` or `drain`.
        public var availability: String

        public init(name: String? = nil, labels: [String: String]? = nil, role: String, availability: String) {
            self.name = name
            self.labels = labels
            self.role = role
            self.availability = availability
        }

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case labels = "Labels"
            case role = "Role"
            case availability = "Availability"
        }
    }

    /// What the node's agent tells of its host.
    public struct Description: Codable, Sendable, Equatable {
        public var hostname: String?
        public var platform: Platform?
        public var resources: Resources?
        public var engine: Engine?
        public var tlsInfo: TLSInfo?

        public init(
            hostname: String? = nil, platform: Platform? = nil, resources: Resources? = nil, engine: Engine? = nil,
            tlsInfo: TLSInfo? = nil
        ) {
            self.hostname = hostname
            self.platform = platform
            self.resources = resources
            self.engine = engine
            self.tlsInfo = tlsInfo
        }

        enum CodingKeys: String, CodingKey {
            case hostname = "Hostname"
            case platform = "Platform"
            case resources = "Resources"
            case engine = "Engine"
            case tlsInfo = "TLSInfo"
        }
    }

    public struct Platform: Codable, Sendable, Equatable {
        /// As `uname -m`: `x86_64`.
        public var architecture: String?
        /// `linux`.
        public var os: String?

        public init(architecture: String? = nil, os: String? = nil) {
            self.architecture = architecture
            self.os = os
        }

        enum CodingKeys: String, CodingKey {
            case architecture = "Architecture"
            case os = "OS"
        }
    }

    public struct Resources: Codable, Sendable, Equatable {
        /// Processors times 10^9.
        public var nanoCPUs: Int64?
        public var memoryBytes: Int64?
        /// What an administrator has told of the node.
        public var generic: [GenericResource]?

        public init(nanoCPUs: Int64? = nil, memoryBytes: Int64? = nil, generic: [GenericResource]? = nil) {
            self.nanoCPUs = nanoCPUs
            self.memoryBytes = memoryBytes
            self.generic = generic
        }

        enum CodingKeys: String, CodingKey {
            case nanoCPUs = "NanoCPUs"
            case memoryBytes = "MemoryBytes"
            case generic = "GenericResources"
        }
    }

    public struct Engine: Codable, Sendable, Equatable {
        public var version: String?
        public var labels: [String: String]?
        public var plugins: [Plugin]?

        public init(version: String? = nil, labels: [String: String]? = nil, plugins: [Plugin]? = nil) {
            self.version = version
            self.labels = labels
            self.plugins = plugins
        }

        enum CodingKeys: String, CodingKey {
            case version = "EngineVersion"
            case labels = "Labels"
            case plugins = "Plugins"
        }
    }

    public struct Plugin: Codable, Sendable, Equatable {
        /// `Log`, `Network` or `Volume`.
        public var kind: String?
        public var name: String?

        public init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }

        enum CodingKeys: String, CodingKey {
            case kind = "Type"
            case name = "Name"
        }
    }

    public struct Status: Codable, Sendable, Equatable {
        /// `unknown`, `down`, `ready` or `disconnected`.
        public var state: String
        /// Why it is so; absent where there is nothing to say.
        public var message: String?
        public var address: String?

        public init(state: String, message: String? = nil, address: String? = nil) {
            self.state = state
            self.message = message
            self.address = address
        }

        enum CodingKeys: String, CodingKey {
            case state = "State"
            case message = "Message"
            case address = "Addr"
        }
    }

    public struct ManagerStatus: Codable, Sendable, Equatable {
        /// Absent is false.
        public var leader: Bool?
        /// `unknown`, `unreachable` or `reachable`.
        public var reachability: String
        /// `address:port` of the management port.
        public var address: String

        public init(leader: Bool? = nil, reachability: String, address: String) {
            self.leader = leader
            self.reachability = reachability
            self.address = address
        }

        enum CodingKeys: String, CodingKey {
            case leader = "Leader"
            case reachability = "Reachability"
            case address = "Addr"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case createdAt = "CreatedAt"
        case updatedAt = "UpdatedAt"
        case spec = "Spec"
        case description = "Description"
        case status = "Status"
        case managerStatus = "ManagerStatus"
    }
}
