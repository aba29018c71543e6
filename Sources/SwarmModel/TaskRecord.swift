import DockerAPI

/// A task, as the store holds it. (`Task` is Swift's own.)
public struct TaskRecord: Codable, Sendable, Equatable {
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Empty for a plain container's place in a network.
    public var serviceID: String
    /// Of the service when the task was made.
    public var serviceName: String
    public var serviceLabels: [String: String]?
    /// 1 and up for replicated services, 0 and up for replicated jobs; nil for global ones, whose tasks are told apart by their nodes.
    public var slot: Int?
    /// Nil until it has a node. Tasks of global services have theirs from the start.
    public var nodeID: String?
    public var spec: TaskSpec
    /// Of the service's spec that it was made from.
    public var specVersion: UInt64
    /// Of its service when it was made.
    public var registryAuth: String?
    /// What is published for it.
    public var endpoint: EndpointSpec?
    public var status: Status
    public var desiredState: TaskState
    /// Of a task that takes another's place: when it may run at the earliest. Until then it is only made ready.
    public var startsAfter: Timestamp?
    /// When it began to run; nil if it never has.
    public var startedAt: Timestamp?
    public var networks: [Attachment]
    public var generic: [GenericResource]
    public var jobIteration: UInt64?
    /// What a plain container is called whose place in a network this is; nil for a service's task, and where it has no name yet.
    public var containerName: String?

    /// What is known of it.
    public struct Status: Codable, Sendable, Equatable {
        public var state: TaskState
        public var timestamp: Timestamp
        public var message: String
        /// Why it has failed, or cannot be placed; empty where there is nothing to say.
        public var error: String
        public var container: SwarmTask.ContainerStatus?
        /// Ports of the host that the engine has chosen.
        public var ports: [PortConfig]?

        public init(
            state: TaskState, timestamp: Timestamp, message: String, error: String = "",
            container: SwarmTask.ContainerStatus? = nil, ports: [PortConfig]? = nil
        ) {
            self.state = state
            self.timestamp = timestamp
            self.message = message
            self.error = error
            self.container = container
            self.ports = ports
        }
    }

    /// A place in a network of the swarm.
    public struct Attachment: Codable, Sendable, Equatable {
        public var networkID: String
        /// CIDR.
        public var addresses: [String]
        public var aliases: [String]

        public init(networkID: String, addresses: [String], aliases: [String] = []) {
            self.networkID = networkID
            self.addresses = addresses
            self.aliases = aliases
        }
    }

    /// A new task of a service.
    public init(
        id: String, now: Timestamp, service: Service, slot: Int?, nodeID: String? = nil, desiredState: TaskState,
        startsAfter: Timestamp? = nil
    ) {
        self.id = id
        createdAt = now
        updatedAt = now
        serviceID = service.id
        serviceName = service.name
        serviceLabels = service.spec.labels
        self.slot = slot
        self.nodeID = nodeID
        spec = service.spec.taskTemplate
        specVersion = service.specVersion
        registryAuth = service.registryAuth
        endpoint = service.spec.endpoint
        status = Status(state: .new, timestamp: now, message: "created")
        self.desiredState = desiredState
        self.startsAfter = startsAfter
        networks = []
        generic = []
        jobIteration = service.jobIteration
    }

    /// Comes to a state. Its times never go back, whatever the clock does.
    public mutating func enter(_ state: TaskState, now: Timestamp, message: String, error: String = "") {
        status = Status(
            state: state, timestamp: max(status.timestamp, now), message: message, error: error, container: status.container,
            ports: status.ports)
        touch(now)
    }

    /// A plain container's place in a network, on the node where the container is. It has no service, and nothing is run for it.
    ///
    /// - Parameter network: its ID.
    public init(
        id: String, now: Timestamp, container: String?, nodeID: String, network: String, aliases: [String], nameservers: [String]
    ) {
        self.id = id
        createdAt = now
        updatedAt = now
        serviceID = ""
        serviceName = ""
        self.nodeID = nodeID
        spec = TaskSpec(
            container: nameservers.isEmpty ? nil : ContainerSpec(dns: ContainerSpec.DNSConfig(nameservers: nameservers)),
            attachment: TaskSpec.AttachmentSpec(), networks: [NetworkAttachmentConfig(target: network, aliases: aliases)],
            runtime: Self.attachmentRuntime)
        specVersion = 0
        status = Status(state: .new, timestamp: now, message: "created")
        desiredState = .running
        networks = []
        generic = []
        containerName = container
    }

    private static let attachmentRuntime = "attachment"

    /// Whether it is only a plain container's place in a network.
    public var isAttachment: Bool { spec.runtime == Self.attachmentRuntime }

    /// As containers are called: `web.1.<id>`, or `web.<node>.<id>` of a global service.
    public var name: String { "\(serviceName).\(slot.map(String.init) ?? nodeID ?? "").\(id)" }

    /// Whether it runs, or is to.
    public var isActive: Bool { desiredState <= .complete && !status.state.isTerminal }
}
