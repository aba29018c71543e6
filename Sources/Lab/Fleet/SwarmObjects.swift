/// A swarm node as a manager describes it.
public struct SwarmNode: Sendable, Equatable {
    public enum Role: String, Sendable, Equatable, CaseIterable { case worker, manager }
    public enum Availability: String, Sendable, Equatable, CaseIterable { case active, pause, drain }
    public enum State: String, Sendable, Equatable, CaseIterable { case unknown, down, ready, disconnected }
    /// What a manager says of another manager; `leader` is the reachable one that leads.
    public enum ManagerStatus: String, Sendable, Equatable, CaseIterable { case leader, reachable, unreachable, unknown }

    public var id: String
    public var hostname: String
    /// The role the node is meant to have.
    public var role: Role
    public var availability: Availability
    public var state: State
    public var labels: [String: String]
    public var address: String
    /// Nil on workers.
    public var managerStatus: ManagerStatus?

    public init(
        id: String, hostname: String, role: Role, availability: Availability = .active, state: State = .ready,
        labels: [String: String] = [:], address: String = "", managerStatus: ManagerStatus? = nil
    ) {
        self.id = id
        self.hostname = hostname
        self.role = role
        self.availability = availability
        self.state = state
        self.labels = labels
        self.address = address
        self.managerStatus = managerStatus
    }
}

/// A change of a node; what is nil stays as it is.
public struct NodeChange: Sendable, Equatable {
    public var role: SwarmNode.Role?
    public var availability: SwarmNode.Availability?
    /// The node's complete set of labels.
    public var labels: [String: String]?

    public init(
        role: SwarmNode.Role? = nil, availability: SwarmNode.Availability? = nil, labels: [String: String]? = nil
    ) {
        self.role = role
        self.availability = availability
        self.labels = labels
    }

    var isEmpty: Bool { role == nil && availability == nil && labels == nil }
}

/// A service, as far as a picture or a status needs it.
public struct SwarmService: Sendable, Equatable {
    public enum Mode: Sendable, Equatable { case replicated(Int), global, job }
    public struct Port: Sendable, Equatable {
        public var published: Int
        public var target: Int
        /// `tcp`, `udp` or `sctp`.
        public var proto: String

        public init(published: Int, target: Int, proto: String = "tcp") {
            self.published = published
            self.target = target
            self.proto = proto
        }
    }

    public var id: String
    public var name: String
    /// The image without its digest.
    public var image: String
    public var mode: Mode
    public var ports: [Port]

    public init(id: String, name: String, image: String, mode: Mode, ports: [Port] = []) {
        self.id = id
        self.name = name
        self.image = image
        self.mode = mode
        self.ports = ports
    }
}

/// A task: one container of a service, on a node once it is scheduled.
public struct SwarmTask: Sendable, Equatable {
    public var id: String
    public var serviceID: String
    public var nodeID: String
    /// 0 for the tasks of a global service.
    public var slot: Int
    /// The state in the API's words, such as `running`.
    public var state: String
    public var desiredState: String

    public init(id: String, serviceID: String, nodeID: String, slot: Int, state: String, desiredState: String = "running") {
        self.id = id
        self.serviceID = serviceID
        self.nodeID = nodeID
        self.slot = slot
        self.state = state
        self.desiredState = desiredState
    }
}

/// A network that spans the swarm.
public struct SwarmNetwork: Sendable, Equatable {
    public var id: String
    public var name: String
    public var driver: String
    public var isIngress: Bool

    public init(id: String, name: String, driver: String, isIngress: Bool = false) {
        self.id = id
        self.name = name
        self.driver = driver
        self.isIngress = isIngress
    }
}
