/// A lab at one moment: its machines, and the swarm as a manager among them sees it.
public struct LabSnapshot: Sendable, Equatable {
    /// One machine of the lab.
    public struct Machine: Sendable, Equatable {
        public var name: String
        /// The role the file asks for.
        public var role: TopologyMachine.Role
        /// Nil when the machine does not exist.
        public var machine: FleetMachine?
        /// The machine's node, when it is in the swarm.
        public var node: SwarmNode?
        /// What the machine itself says about swarm mode; nil when it could not be asked.
        public var swarm: SwarmInfo.LocalState?

        public init(
            name: String, role: TopologyMachine.Role, machine: FleetMachine? = nil, node: SwarmNode? = nil,
            swarm: SwarmInfo.LocalState? = nil
        ) {
            self.name = name
            self.role = role
            self.machine = machine
            self.node = node
            self.swarm = swarm
        }
    }

    public var name: String
    public var machines: [Machine]
    public var services: [SwarmService]
    /// Tasks that are meant to run and are placed on a node.
    public var tasks: [SwarmTask]
    public var networks: [SwarmNetwork]
    /// Whether any machine of the lab exists.
    public var isLive: Bool

    public init(
        name: String, machines: [Machine], services: [SwarmService] = [], tasks: [SwarmTask] = [],
        networks: [SwarmNetwork] = [], isLive: Bool
    ) {
        self.name = name
        self.machines = machines
        self.services = services
        self.tasks = tasks
        self.networks = networks
        self.isLive = isLive
    }

    /// The lab as its file has it.
    public init(_ topology: Topology) {
        self.init(
            name: topology.name, machines: topology.machines.map { Machine(name: $0.name, role: $0.role) }, isLive: false)
    }

    /// Looks at a lab. Machines that cannot be asked are shown as such; the swarm is left empty when no manager answers.
    public static func take(_ lab: Workspace) async throws -> LabSnapshot {
        var snapshot = LabSnapshot(lab.topology)
        let present = try await lab.machines()
        guard !present.isEmpty else { return snapshot }
        snapshot.isLive = true
        let running = present.filter { $0.state == .running }
        let infos = await ask(running, lab.fleet)
        let manager = running.first { infos[$0.name]?.controlAvailable ?? false }
        var nodes: [SwarmNode] = []
        if let manager, let control = try? await lab.fleet.swarm(of: manager.name) {
            nodes = (try? await control.nodes()) ?? []
            snapshot.services = ((try? await control.services()) ?? []).sorted { $0.name < $1.name }
            snapshot.tasks = ((try? await control.tasks()) ?? []).filter { $0.desiredState == "running" && !$0.nodeID.isEmpty }
            snapshot.networks = ((try? await control.networks()) ?? []).sorted { $0.name < $1.name }
        }
        snapshot.machines = snapshot.machines.map { machine in
            var machine = machine
            machine.machine = present.first { $0.name == machine.name }
            let info = infos[machine.name]
            machine.swarm = info?.state
            machine.node =
                nodes.first { $0.id == info?.nodeID }
                ?? (info == nil ? nodes.first { $0.hostname == machine.name } : nil)
            return machine
        }
        return snapshot
    }

    private static func ask(_ machines: [FleetMachine], _ fleet: any Fleet) async -> [String: SwarmInfo] {
        await withTaskGroup(of: (String, SwarmInfo?).self) { group in
            for machine in machines {
                group.addTask { (machine.name, try? await fleet.swarm(of: machine.name).info()) }
            }
            var infos: [String: SwarmInfo] = [:]
            for await (name, info) in group { infos[name] = info }
            return infos
        }
    }
}
