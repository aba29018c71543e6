/// What a person asks of a service. What is absent has its default.
public struct ServiceSpec: Codable, Sendable, Equatable {
    public var name: String?
    public var labels: [String: String]?
    public var taskTemplate: TaskSpec
    public var mode: ServiceMode?
    public var updateConfig: UpdateConfig?
    public var rollbackConfig: UpdateConfig?
    /// Where clients before API 1.44 say what the task template's networks are.
    public var networks: [NetworkAttachmentConfig]?
    public var endpoint: EndpointSpec?

    public init(
        name: String? = nil, labels: [String: String]? = nil, taskTemplate: TaskSpec = TaskSpec(), mode: ServiceMode? = nil,
        updateConfig: UpdateConfig? = nil, rollbackConfig: UpdateConfig? = nil, networks: [NetworkAttachmentConfig]? = nil,
        endpoint: EndpointSpec? = nil
    ) {
        self.name = name
        self.labels = labels
        self.taskTemplate = taskTemplate
        self.mode = mode
        self.updateConfig = updateConfig
        self.rollbackConfig = rollbackConfig
        self.networks = networks
        self.endpoint = endpoint
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case labels = "Labels"
        case taskTemplate = "TaskTemplate"
        case mode = "Mode"
        case updateConfig = "UpdateConfig"
        case rollbackConfig = "RollbackConfig"
        case networks = "Networks"
        case endpoint = "EndpointSpec"
    }
}

extension ServiceSpec {
    /// As the engine reads it: what is absent has its default, also the task template.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decodeIfPresent(String.self, forKey: .name),
            labels: try values.decodeIfPresent([String: String].self, forKey: .labels),
            taskTemplate: try values.decodeIfPresent(TaskSpec.self, forKey: .taskTemplate) ?? TaskSpec(),
            mode: try values.decodeIfPresent(ServiceMode.self, forKey: .mode),
            updateConfig: try values.decodeIfPresent(UpdateConfig.self, forKey: .updateConfig),
            rollbackConfig: try values.decodeIfPresent(UpdateConfig.self, forKey: .rollbackConfig),
            networks: try values.decodeIfPresent([NetworkAttachmentConfig].self, forKey: .networks),
            endpoint: try values.decodeIfPresent(EndpointSpec.self, forKey: .endpoint))
    }
}

/// How many tasks a service has. Exactly one is set.
public struct ServiceMode: Codable, Sendable, Equatable {
    public var replicated: Replicated?
    public var global: Empty?
    public var replicatedJob: ReplicatedJob?
    public var globalJob: Empty?

    public struct Replicated: Codable, Sendable, Equatable {
        public var replicas: UInt64?

        public init(replicas: UInt64? = nil) {
            self.replicas = replicas
        }

        enum CodingKeys: String, CodingKey {
            case replicas = "Replicas"
        }
    }

    /// The word of the filter `mode`.
    public var kind: String {
        if replicatedJob != nil { return "replicated-job" }
        if globalJob != nil { return "global-job" }
        return global != nil ? "global" : "replicated"
    }

    /// Tasks that run to their end.
    public struct ReplicatedJob: Codable, Sendable, Equatable {
        /// How many run at once; 1 where absent.
        public var maxConcurrent: UInt64?
        /// How many must end well; as many as run at once where absent.
        public var totalCompletions: UInt64?

        public init(maxConcurrent: UInt64? = nil, totalCompletions: UInt64? = nil) {
            self.maxConcurrent = maxConcurrent
            self.totalCompletions = totalCompletions
        }

        enum CodingKeys: String, CodingKey {
            case maxConcurrent = "MaxConcurrent"
            case totalCompletions = "TotalCompletions"
        }
    }

    /// A mode that has nothing to set.
    public struct Empty: Codable, Sendable, Equatable {
        public init() {}
    }

    public init(
        replicated: Replicated? = nil, global: Empty? = nil, replicatedJob: ReplicatedJob? = nil, globalJob: Empty? = nil
    ) {
        self.replicated = replicated
        self.global = global
        self.replicatedJob = replicatedJob
        self.globalJob = globalJob
    }

    enum CodingKeys: String, CodingKey {
        case replicated = "Replicated"
        case global = "Global"
        case replicatedJob = "ReplicatedJob"
        case globalJob = "GlobalJob"
    }
}

extension ServiceMode {
    /// The names count whatever their case: docker-py writes `replicated` and `global`, and the engine has always taken it.
    public init(from decoder: any Decoder) throws {
        struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
        let values = try decoder.container(keyedBy: Name.self)
        func value<Value: Decodable>(_ name: CodingKeys) throws -> Value? {
            guard let key = values.allKeys.first(where: { $0.stringValue.lowercased() == name.rawValue.lowercased() }) else {
                return nil
            }
            return try values.decodeIfPresent(Value.self, forKey: key)
        }
        self.init(
            replicated: try value(.replicated), global: try value(.global), replicatedJob: try value(.replicatedJob),
            globalJob: try value(.globalJob))
    }
}

/// How tasks are replaced by those of a new spec. Durations are nanoseconds.
public struct UpdateConfig: Codable, Sendable, Equatable {
    /// Slots at once; 0 or absent is all.
    public var parallelism: UInt64?
    /// Between one slot and the next.
    public var delay: Int64?
    /// `pause`, `continue` or, of an update, `rollback`.
    public var failureAction: String?
    /// How long a new task is watched.
    public var monitor: Int64?
    /// The part of tasks that may fail, 0 to 1.
    public var maxFailureRatio: Double?
    /// `stop-first` or `start-first`.
    public var order: String?

    public init(
        parallelism: UInt64? = nil, delay: Int64? = nil, failureAction: String? = nil, monitor: Int64? = nil,
        maxFailureRatio: Double? = nil, order: String? = nil
    ) {
        self.parallelism = parallelism
        self.delay = delay
        self.failureAction = failureAction
        self.monitor = monitor
        self.maxFailureRatio = maxFailureRatio
        self.order = order
    }

    enum CodingKeys: String, CodingKey {
        case parallelism = "Parallelism"
        case delay = "Delay"
        case failureAction = "FailureAction"
        case monitor = "Monitor"
        case maxFailureRatio = "MaxFailureRatio"
        case order = "Order"
    }
}

/// How a service is reached.
public struct EndpointSpec: Codable, Sendable, Equatable {
    /// `vip` or `dnsrr`.
    public var mode: String?
    public var ports: [PortConfig]?

    public init(mode: String? = nil, ports: [PortConfig]? = nil) {
        self.mode = mode
        self.ports = ports
    }

    enum CodingKeys: String, CodingKey {
        case mode = "Mode"
        case ports = "Ports"
    }
}

/// A port that is published.
public struct PortConfig: Codable, Sendable, Equatable {
    public var name: String?
    /// `tcp`, `udp` or `sctp`.
    public var transport: String?
    public var target: UInt32?
    /// 0 or absent is one that the swarm chooses.
    public var published: UInt32?
    /// `ingress` or `host`.
    public var publishMode: String?

    public init(
        name: String? = nil, transport: String? = nil, target: UInt32? = nil, published: UInt32? = nil,
        publishMode: String? = nil
    ) {
        self.name = name
        self.transport = transport
        self.target = target
        self.published = published
        self.publishMode = publishMode
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case transport = "Protocol"
        case target = "TargetPort"
        case published = "PublishedPort"
        case publishMode = "PublishMode"
    }
}
