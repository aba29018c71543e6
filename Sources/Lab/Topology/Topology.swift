/// A lab as its file describes it, with inheritance and patterns worked out: which machines there are and what is done with them.
public struct Topology: Sendable, Equatable {
    public var name: String
    /// What the lab is about, one or a few lines; may be empty.
    public var summary: String
    public var orchestrator: Orchestrator
    /// The machines' subnet in CIDR notation, or nil for the driver's own.
    public var network: String?
    /// In the order in which the file names them.
    public var machines: [TopologyMachine]
    /// Constants that steps refer to as `${name}`.
    public var variables: [String: String]
    public var steps: [Step]

    public init(
        name: String, summary: String = "", orchestrator: Orchestrator = .standard, network: String? = nil,
        machines: [TopologyMachine], variables: [String: String] = [:], steps: [Step] = []
    ) {
        self.name = name
        self.summary = summary
        self.orchestrator = orchestrator
        self.network = network
        self.machines = machines
        self.variables = variables
        self.steps = steps
    }

    public func machine(_ name: String) -> TopologyMachine? { machines.first { $0.name == name } }

    /// The machines whose place in the swarm `lab up` sees to.
    public var members: [TopologyMachine] { machines.filter { $0.role != .none } }
    public var managers: [TopologyMachine] { machines.filter { $0.role == .manager } }
    public var workers: [TopologyMachine] { machines.filter { $0.role == .worker } }
}

/// What runs the swarm inside the machines.
public enum Orchestrator: String, Sendable, Equatable, CaseIterable, Codable {
    /// The Docker Engine's own swarm mode.
    case engine
    /// Swarmlab's orchestrator.
    case swarmd

    /// That of a lab whose file does not say.
    public static let standard = swarmd
}

/// A machine of a lab.
public struct TopologyMachine: Sendable, Equatable {
    public enum Role: String, Sendable, Equatable, CaseIterable {
        case manager, worker
        /// Outside the swarm as far as `lab up` is concerned: the lab's own steps decide.
        case none
    }
    /// Who makes the machine.
    public enum Creation: String, Sendable, Equatable, CaseIterable {
        /// `lab up`.
        case up
        /// A step of the lab, with `docker-machine create`; `lab down` removes it all the same.
        case steps
    }

    public var name: String
    public var role: Role
    public var group: String?
    /// Memory in MiB.
    public var memory: Int
    public var cpus: Int
    /// Disk in MB.
    public var disk: Int
    public var driver: String
    public var engine: EngineSettings
    /// Labels of the swarm node.
    public var labels: [String: String]
    public var availability: SwarmNode.Availability
    public var creation: Creation

    public init(
        name: String, role: Role = .worker, group: String? = nil, memory: Int = 1024, cpus: Int = 1, disk: Int = 20000,
        driver: String = "libvirt", engine: EngineSettings = .init(), labels: [String: String] = [:],
        availability: SwarmNode.Availability = .active, creation: Creation = .up
    ) {
        self.name = name
        self.role = role
        self.group = group
        self.memory = memory
        self.cpus = cpus
        self.disk = disk
        self.driver = driver
        self.engine = engine
        self.labels = labels
        self.availability = availability
        self.creation = creation
    }
}
