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
