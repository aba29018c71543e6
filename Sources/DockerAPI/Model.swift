/// The answer of `GET /version`, the part that is used here.
public struct EngineVersion: Decodable, Sendable {
    /// For example `26.1.5`.
    public var version: String
    public var apiVersion: String

    enum CodingKeys: String, CodingKey {
        case version = "Version"
        case apiVersion = "ApiVersion"
    }
}

/// The answer of `GET /info`, the part that is used here.
public struct EngineInfo: Decodable, Sendable {
    public var id: String
    public var name: String
    public var swarm: SwarmInfo

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case name = "Name"
        case swarm = "Swarm"
    }
}

/// What a node knows of its swarm (`SwarmInfo` of the Engine API).
public struct SwarmInfo: Decodable, Sendable {
    /// `inactive`, `pending`, `active`, `error` or `locked`.
    public var localNodeState: String
    public var nodeID: String
    public var nodeAddress: String
    /// True on a manager that can serve swarm requests.
    public var controlAvailable: Bool
    public var error: String
    /// Managers this node knows, as `address:port`.
    public var remoteManagers: [Manager]?
    public var cluster: Cluster?

    public struct Manager: Decodable, Sendable {
        public var nodeID: String
        public var address: String

        enum CodingKeys: String, CodingKey {
            case nodeID = "NodeID"
            case address = "Addr"
        }
    }

    public struct Cluster: Decodable, Sendable {
        public var id: String

        enum CodingKeys: String, CodingKey { case id = "ID" }
    }

    enum CodingKeys: String, CodingKey {
        case localNodeState = "LocalNodeState"
        case nodeID = "NodeID"
        case nodeAddress = "NodeAddr"
        case controlAvailable = "ControlAvailable"
        case error = "Error"
        case remoteManagers = "RemoteManagers"
        case cluster = "Cluster"
    }
}

/// The version counter that every swarm object carries and every update must name.
public struct ObjectVersion: Codable, Sendable, Equatable {
    public var index: UInt64

    enum CodingKeys: String, CodingKey { case index = "Index" }
}

/// The answer of `GET /swarm`, the part that is used here.
public struct Swarm: Decodable, Sendable {
    public var id: String
    public var joinTokens: JoinTokens

    public struct JoinTokens: Decodable, Sendable {
        public var worker: String
        public var manager: String

        enum CodingKeys: String, CodingKey {
            case worker = "Worker"
            case manager = "Manager"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case joinTokens = "JoinTokens"
    }
}

/// A node of the swarm.
public struct SwarmNode: Decodable, Sendable {
    public var id: String
    public var version: ObjectVersion
    public var spec: Spec
    public var description: Description
    public var status: Status
    /// Nil on a worker.
    public var managerStatus: ManagerStatus?

    /// What a person may change of a node.
    public struct Spec: Codable, Sendable {
        public var name: String?
        public var labels: [String: String]?
        /// `worker` or `manager`.
        public var role: String
        /// `active`, `pause` or `drain`.
        public var availability: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case labels = "Labels"
            case role = "Role"
            case availability = "Availability"
        }
    }

    public struct Description: Decodable, Sendable {
        public var hostname: String?

        enum CodingKeys: String, CodingKey { case hostname = "Hostname" }
    }

    public struct Status: Decodable, Sendable {
        /// `unknown`, `down`, `ready` or `disconnected`.
        public var state: String
        public var address: String?

        enum CodingKeys: String, CodingKey {
            case state = "State"
            case address = "Addr"
        }
    }

    public struct ManagerStatus: Decodable, Sendable {
        public var leader: Bool?
        /// `unknown`, `unreachable` or `reachable`.
        public var reachability: String
        public var address: String

        enum CodingKeys: String, CodingKey {
            case leader = "Leader"
            case reachability = "Reachability"
            case address = "Addr"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case spec = "Spec"
        case description = "Description"
        case status = "Status"
        case managerStatus = "ManagerStatus"
    }
}

/// A service, the part that is used here.
public struct SwarmService: Decodable, Sendable {
    public var id: String
    public var spec: Spec

    /// Absent where nothing is published.
    public var endpoint: Endpoint?

    public struct Spec: Decodable, Sendable {
        public var name: String
        public var taskTemplate: TaskSpec
        public var mode: Mode

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case taskTemplate = "TaskTemplate"
            case mode = "Mode"
        }
    }

    /// Exactly one is set; the jobs' parts are not looked at here.
    public struct Mode: Decodable, Sendable {
        public var replicated: Replicated?
        public var global: Nothing?

        public struct Replicated: Decodable, Sendable {
            public var replicas: Int?

            enum CodingKeys: String, CodingKey { case replicas = "Replicas" }
        }

        public struct Nothing: Decodable, Sendable {}

        enum CodingKeys: String, CodingKey {
            case replicated = "Replicated"
            case global = "Global"
        }
    }

    public struct Endpoint: Decodable, Sendable {
        public var ports: [Port]?

        enum CodingKeys: String, CodingKey { case ports = "Ports" }
    }

    public struct Port: Decodable, Sendable {
        /// `tcp`, `udp` or `sctp`.
        public var transport: String?
        public var target: Int?
        public var published: Int?

        enum CodingKeys: String, CodingKey {
            case transport = "Protocol"
            case target = "TargetPort"
            case published = "PublishedPort"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case spec = "Spec"
        case endpoint = "Endpoint"
    }
}

/// What a task runs.
public struct TaskSpec: Decodable, Sendable {
    public var container: Container?

    public struct Container: Decodable, Sendable {
        public var image: String?

        enum CodingKeys: String, CodingKey { case image = "Image" }
    }

    enum CodingKeys: String, CodingKey { case container = "ContainerSpec" }
}

/// A task of a service, the part that is used here.
public struct SwarmTask: Decodable, Sendable {
    public var id: String
    public var serviceID: String
    /// Empty until the task has a node.
    public var nodeID: String?
    /// 1 and up for replicated services, absent for global ones.
    public var slot: Int?
    public var status: Status
    public var desiredState: String

    public struct Status: Decodable, Sendable {
        public var state: String

        enum CodingKeys: String, CodingKey { case state = "State" }
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case serviceID = "ServiceID"
        case nodeID = "NodeID"
        case slot = "Slot"
        case status = "Status"
        case desiredState = "DesiredState"
    }
}

/// A network, the part that is used here.
public struct DockerNetwork: Decodable, Sendable {
    public var id: String
    public var name: String
    public var driver: String
    /// Whether it carries the routing mesh.
    public var isIngress: Bool?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case driver = "Driver"
        case isIngress = "Ingress"
    }
}
