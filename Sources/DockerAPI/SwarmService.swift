/// A service of the swarm (`Service` of the Engine API).
public struct SwarmService: Codable, Sendable, Equatable {
    public var id: String
    public var version: ObjectVersion
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?
    public var spec: ServiceSpec
    /// What it was before the last update.
    public var previousSpec: ServiceSpec?
    /// Absent where nothing is published.
    public var endpoint: Endpoint?
    public var updateStatus: UpdateStatus?
    /// Only where it was asked for.
    public var serviceStatus: Counts?
    public var jobStatus: JobStatus?

    /// What the service has been given.
    public struct Endpoint: Codable, Sendable, Equatable {
        public var spec: EndpointSpec?
        /// With the ports that the swarm has chosen.
        public var ports: [PortConfig]?
        public var virtualIPs: [VirtualIP]?

        public init(spec: EndpointSpec? = nil, ports: [PortConfig]? = nil, virtualIPs: [VirtualIP]? = nil) {
            self.spec = spec
            self.ports = ports
            self.virtualIPs = virtualIPs
        }

        enum CodingKeys: String, CodingKey {
            case spec = "Spec"
            case ports = "Ports"
            case virtualIPs = "VirtualIPs"
        }
    }

    public struct VirtualIP: Codable, Sendable, Equatable {
        public var networkID: String
        /// CIDR: `10.0.1.2/24`.
        public var address: String?

        public init(networkID: String, address: String? = nil) {
            self.networkID = networkID
            self.address = address
        }

        enum CodingKeys: String, CodingKey {
            case networkID = "NetworkID"
            case address = "Addr"
        }
    }

    /// How far an update has got.
    public struct UpdateStatus: Codable, Sendable, Equatable {
        /// `updating`, `paused`, `completed`, `rollback_started`, `rollback_paused` or `rollback_completed`.
        public var state: String?
        public var startedAt: Timestamp?
        public var completedAt: Timestamp?
        public var message: String?

        public init(state: String? = nil, startedAt: Timestamp? = nil, completedAt: Timestamp? = nil, message: String? = nil) {
            self.state = state
            self.startedAt = startedAt
            self.completedAt = completedAt
            self.message = message
        }

        enum CodingKeys: String, CodingKey {
            case state = "State"
            case startedAt = "StartedAt"
            case completedAt = "CompletedAt"
            case message = "Message"
        }
    }

    public struct Counts: Codable, Sendable, Equatable {
        public var running: UInt64
        public var desired: UInt64
        public var completed: UInt64

        public init(running: UInt64 = 0, desired: UInt64 = 0, completed: UInt64 = 0) {
            self.running = running
            self.desired = desired
            self.completed = completed
        }

        enum CodingKeys: String, CodingKey {
            case running = "RunningTasks"
            case desired = "DesiredTasks"
            case completed = "CompletedTasks"
        }
    }

    public struct JobStatus: Codable, Sendable, Equatable {
        public var iteration: ObjectVersion
        public var lastExecution: Timestamp?

        public init(iteration: ObjectVersion = ObjectVersion(index: 0), lastExecution: Timestamp? = nil) {
            self.iteration = iteration
            self.lastExecution = lastExecution
        }

        enum CodingKeys: String, CodingKey {
            case iteration = "JobIteration"
            case lastExecution = "LastExecution"
        }
    }

    public init(
        id: String, version: ObjectVersion = ObjectVersion(index: 0), createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil,
        spec: ServiceSpec, previousSpec: ServiceSpec? = nil, endpoint: Endpoint? = nil, updateStatus: UpdateStatus? = nil,
        serviceStatus: Counts? = nil, jobStatus: JobStatus? = nil
    ) {
        self.id = id
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.spec = spec
        self.previousSpec = previousSpec
        self.endpoint = endpoint
        self.updateStatus = updateStatus
        self.serviceStatus = serviceStatus
        self.jobStatus = jobStatus
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case createdAt = "CreatedAt"
        case updatedAt = "UpdatedAt"
        case spec = "Spec"
        case previousSpec = "PreviousSpec"
        case endpoint = "Endpoint"
        case updateStatus = "UpdateStatus"
        case serviceStatus = "ServiceStatus"
        case jobStatus = "JobStatus"
    }
}
