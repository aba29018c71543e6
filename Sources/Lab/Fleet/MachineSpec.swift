/// What a machine is to be made of.
public struct MachineSpec: Sendable, Equatable {
    public var name: String
    /// Memory in MiB.
    public var memoryMiB: Int
    public var cpus: Int
    /// Size of the disk in MB, as docker-machine counts it.
    public var diskMB: Int
    public var driver: String
    public var engine: EngineSettings
    /// The network's subnet in CIDR notation; nil leaves the choice to the driver.
    public var network: String?
    /// What runs the swarm in it.
    public var orchestrator: Orchestrator

    public init(
        name: String, memoryMiB: Int, cpus: Int, diskMB: Int, driver: String, engine: EngineSettings = .init(),
        network: String? = nil, orchestrator: Orchestrator = .standard
    ) {
        self.name = name
        self.memoryMiB = memoryMiB
        self.cpus = cpus
        self.diskMB = diskMB
        self.driver = driver
        self.engine = engine
        self.network = network
        self.orchestrator = orchestrator
    }
}

/// How a machine's Docker Engine is set up; each field is one of docker-machine's `--engine-*` flags.
public struct EngineSettings: Sendable, Equatable {
    /// Engine labels, `--engine-label`.
    public var labels: [String: String]
    /// Options of the daemon without the leading dashes, `--engine-opt`.
    public var options: [String]
    /// `--engine-insecure-registry`.
    public var insecureRegistries: [String]
    /// `--engine-registry-mirror`.
    public var registryMirrors: [String]
    /// Variables of the daemon's environment, `--engine-env`.
    public var env: [String: String]

    public init(
        labels: [String: String] = [:], options: [String] = [], insecureRegistries: [String] = [],
        registryMirrors: [String] = [], env: [String: String] = [:]
    ) {
        self.labels = labels
        self.options = options
        self.insecureRegistries = insecureRegistries
        self.registryMirrors = registryMirrors
        self.env = env
    }
}
