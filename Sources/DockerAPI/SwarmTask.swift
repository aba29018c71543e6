/// A task (`Task` of the Engine API).
public struct SwarmTask: Codable, Sendable, Equatable {
    public var id: String
    public var version: ObjectVersion
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?
    public var name: String?
    public var labels: [String: String]?
    public var spec: TaskSpec
    /// Absent of a plain container's place in a network.
    public var serviceID: String?
    /// 1 and up for replicated services, absent for global ones.
    public var slot: Int?
    /// Absent until the task has a node.
    public var nodeID: String?
    public var status: Status
    public var desiredState: String
    public var networks: [NetworkAttachment]?
    public var generic: [GenericResource]?
    public var jobIteration: ObjectVersion?

    public struct Status: Codable, Sendable, Equatable {
        public var timestamp: Timestamp?
        public var state: String
        public var message: String?
        public var error: String?
        public var container: ContainerStatus?
        public var ports: PortStatus?

        public init(
            timestamp: Timestamp? = nil, state: String = "new", message: String? = nil, error: String? = nil,
            container: ContainerStatus? = nil, ports: PortStatus? = nil
        ) {
            self.timestamp = timestamp
            self.state = state
            self.message = message
            self.error = error
            self.container = container
            self.ports = ports
        }

        enum CodingKeys: String, CodingKey {
            case timestamp = "Timestamp"
            case state = "State"
            case message = "Message"
            case error = "Err"
            case container = "ContainerStatus"
            case ports = "PortStatus"
        }
    }

    public struct ContainerStatus: Codable, Sendable, Equatable {
        public var id: String?
        public var pid: Int?
        public var exitCode: Int?

        public init(id: String? = nil, pid: Int? = nil, exitCode: Int? = nil) {
            self.id = id
            self.pid = pid
            self.exitCode = exitCode
        }

        enum CodingKeys: String, CodingKey {
            case id = "ContainerID"
            case pid = "PID"
            case exitCode = "ExitCode"
        }
    }

    public struct PortStatus: Codable, Sendable, Equatable {
        public var ports: [PortConfig]?

        public init(ports: [PortConfig]? = nil) {
            self.ports = ports
        }

        enum CodingKeys: String, CodingKey {
            case ports = "Ports"
        }
    }

    public init(
        id: String, version: ObjectVersion = ObjectVersion(index: 0), createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil,
        name: String? = nil, labels: [String: String]? = nil, spec: TaskSpec = TaskSpec(), serviceID: String? = nil,
        slot: Int? = nil, nodeID: String? = nil, status: Status = Status(), desiredState: String = "new",
        networks: [NetworkAttachment]? = nil, generic: [GenericResource]? = nil, jobIteration: ObjectVersion? = nil
    ) {
        self.id = id
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.name = name
        self.labels = labels
        self.spec = spec
        self.serviceID = serviceID
        self.slot = slot
        self.nodeID = nodeID
        self.status = status
        self.desiredState = desiredState
        self.networks = networks
        self.generic = generic
        self.jobIteration = jobIteration
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case createdAt = "CreatedAt"
        case updatedAt = "UpdatedAt"
        case name = "Name"
        case labels = "Labels"
        case spec = "Spec"
        case serviceID = "ServiceID"
        case slot = "Slot"
        case nodeID = "NodeID"
        case status = "Status"
        case desiredState = "DesiredState"
        case networks = "NetworksAttachments"
        case generic = "GenericResources"
        case jobIteration = "JobIteration"
    }
}

/// A task's place in a network.
public struct NetworkAttachment: Codable, Sendable, Equatable {
    public var network: SwarmNetwork?
    /// CIDR.
    public var addresses: [String]?

    public init(network: SwarmNetwork? = nil, addresses: [String]? = nil) {
        self.network = network
        self.addresses = addresses
    }

    enum CodingKeys: String, CodingKey {
        case network = "Network"
        case addresses = "Addresses"
    }
}
