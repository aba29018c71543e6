/// What a task runs, and under which conditions.
public struct TaskSpec: Codable, Sendable, Equatable {
    public var container: ContainerSpec?
    public var plugin: PluginSpec?
    public var attachment: AttachmentSpec?
    public var resources: ResourceRequirements?
    public var restartPolicy: RestartPolicy?
    public var placement: Placement?
    public var networks: [NetworkAttachmentConfig]?
    public var logDriver: LogDriver?
    /// Counts how often a person asked for new tasks though nothing had changed.
    public var forceUpdate: UInt64?
    /// `container`, `plugin` or `attachment`.
    public var runtime: String?

    /// A plain container's place in a swarm's network.
    public struct AttachmentSpec: Codable, Sendable, Equatable {
        public var containerID: String?

        public init(containerID: String? = nil) {
            self.containerID = containerID
        }

        enum CodingKeys: String, CodingKey {
            case containerID = "ContainerID"
        }
    }

    public struct PluginSpec: Codable, Sendable, Equatable {
        public var name: String?
        public var remote: String?
        public var isDisabled: Bool?

        public init(name: String? = nil, remote: String? = nil, isDisabled: Bool? = nil) {
            self.name = name
            self.remote = remote
            self.isDisabled = isDisabled
        }

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case remote = "Remote"
            case isDisabled = "Disabled"
        }
    }

    public init(
        container: ContainerSpec? = nil, plugin: PluginSpec? = nil, attachment: AttachmentSpec? = nil,
        resources: ResourceRequirements? = nil, restartPolicy: RestartPolicy? = nil, placement: Placement? = nil,
        networks: [NetworkAttachmentConfig]? = nil, logDriver: LogDriver? = nil, forceUpdate: UInt64? = nil,
        runtime: String? = nil
    ) {
        self.container = container
        self.plugin = plugin
        self.attachment = attachment
        self.resources = resources
        self.restartPolicy = restartPolicy
        self.placement = placement
        self.networks = networks
        self.logDriver = logDriver
        self.forceUpdate = forceUpdate
        self.runtime = runtime
    }

    enum CodingKeys: String, CodingKey {
        case container = "ContainerSpec"
        case plugin = "PluginSpec"
        case attachment = "NetworkAttachmentSpec"
        case resources = "Resources"
        case restartPolicy = "RestartPolicy"
        case placement = "Placement"
        case networks = "Networks"
        case logDriver = "LogDriver"
        case forceUpdate = "ForceUpdate"
        case runtime = "Runtime"
    }
}

public struct LogDriver: Codable, Sendable, Equatable {
    public var name: String?
    public var options: [String: String]?

    public init(name: String? = nil, options: [String: String]? = nil) {
        self.name = name
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case options = "Options"
    }
}

/// What a task may use at most, and what is kept for it.
public struct ResourceRequirements: Codable, Sendable, Equatable {
    public var limits: Limits?
    public var reservations: Reservations?

    public struct Limits: Codable, Sendable, Equatable {
        public var nanoCPUs: Int64?
        public var memoryBytes: Int64?
        public var pids: Int64?

        public init(nanoCPUs: Int64? = nil, memoryBytes: Int64? = nil, pids: Int64? = nil) {
            self.nanoCPUs = nanoCPUs
            self.memoryBytes = memoryBytes
            self.pids = pids
        }

        enum CodingKeys: String, CodingKey {
            case nanoCPUs = "NanoCPUs"
            case memoryBytes = "MemoryBytes"
            case pids = "Pids"
        }
    }

    public struct Reservations: Codable, Sendable, Equatable {
        public var nanoCPUs: Int64?
        public var memoryBytes: Int64?
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

    public init(limits: Limits? = nil, reservations: Reservations? = nil) {
        self.limits = limits
        self.reservations = reservations
    }

    enum CodingKeys: String, CodingKey {
        case limits = "Limits"
        case reservations = "Reservations"
    }
}

/// A resource that a node tells of: named ones, or a number of them. One of both is set.
public struct GenericResource: Codable, Sendable, Equatable {
    public var named: Named?
    public var discrete: Discrete?

    public struct Named: Codable, Sendable, Equatable {
        public var kind: String?
        public var value: String?

        public init(kind: String? = nil, value: String? = nil) {
            self.kind = kind
            self.value = value
        }

        enum CodingKeys: String, CodingKey {
            case kind = "Kind"
            case value = "Value"
        }
    }

    public struct Discrete: Codable, Sendable, Equatable {
        public var kind: String?
        public var value: Int64?

        public init(kind: String? = nil, value: Int64? = nil) {
            self.kind = kind
            self.value = value
        }

        enum CodingKeys: String, CodingKey {
            case kind = "Kind"
            case value = "Value"
        }
    }

    public init(named: Named? = nil, discrete: Discrete? = nil) {
        self.named = named
        self.discrete = discrete
    }

    enum CodingKeys: String, CodingKey {
        case named = "NamedResourceSpec"
        case discrete = "DiscreteResourceSpec"
    }
}

/// What follows the end of a task. Durations are nanoseconds.
public struct RestartPolicy: Codable, Sendable, Equatable {
    /// `none`, `on-failure` or `any`.
    public var condition: String?
    public var delay: Int64?
    /// 0 is without limit.
    public var maxAttempts: UInt64?
    /// The time in which attempts are counted; 0 is all time.
    public var window: Int64?

    public init(condition: String? = nil, delay: Int64? = nil, maxAttempts: UInt64? = nil, window: Int64? = nil) {
        self.condition = condition
        self.delay = delay
        self.maxAttempts = maxAttempts
        self.window = window
    }

    enum CodingKeys: String, CodingKey {
        case condition = "Condition"
        case delay = "Delay"
        case maxAttempts = "MaxAttempts"
        case window = "Window"
    }
}

/// Which nodes may run a task.
public struct Placement: Codable, Sendable, Equatable {
    public var constraints: [String]?
    public var preferences: [Preference]?
    /// Of a service on one node; 0 is without limit.
    public var maxReplicas: UInt64?
    public var platforms: [SwarmNode.Platform]?

    public struct Preference: Codable, Sendable, Equatable {
        public var spread: Spread?

        public init(spread: Spread? = nil) {
            self.spread = spread
        }

        enum CodingKeys: String, CodingKey {
            case spread = "Spread"
        }
    }

    public struct Spread: Codable, Sendable, Equatable {
        /// `node.labels.X` or `engine.labels.X`.
        public var descriptor: String?

        public init(descriptor: String? = nil) {
            self.descriptor = descriptor
        }

        enum CodingKeys: String, CodingKey {
            case descriptor = "SpreadDescriptor"
        }
    }

    public init(
        constraints: [String]? = nil, preferences: [Preference]? = nil, maxReplicas: UInt64? = nil,
        platforms: [SwarmNode.Platform]? = nil
    ) {
        self.constraints = constraints
        self.preferences = preferences
        self.maxReplicas = maxReplicas
        self.platforms = platforms
    }

    enum CodingKeys: String, CodingKey {
        case constraints = "Constraints"
        case preferences = "Preferences"
        case maxReplicas = "MaxReplicas"
        case platforms = "Platforms"
    }
}

/// A network that a task is put on.
public struct NetworkAttachmentConfig: Codable, Sendable, Equatable {
    /// Name or ID.
    public var target: String?
    public var aliases: [String]?
    public var driverOptions: [String: String]?

    public init(target: String? = nil, aliases: [String]? = nil, driverOptions: [String: String]? = nil) {
        self.target = target
        self.aliases = aliases
        self.driverOptions = driverOptions
    }

    enum CodingKeys: String, CodingKey {
        case target = "Target"
        case aliases = "Aliases"
        case driverOptions = "DriverOpts"
    }
}
