import Foundation

/// What is kept about a lab that is up, at `<store>/labs/NAME.json`.
public struct LabState: Codable, Sendable, Equatable {
    public var name: String
    /// Absolute path of the lab's file.
    public var file: String
    /// The file's text as it was when the lab came up, for the case that the file is gone.
    public var source: String
    public var orchestrator: Orchestrator
    /// The machines that are the lab's to remove, noted before they are made.
    public var machines: [String]
    public var created: Date
    /// False while `up` is under way, and after one that was cut off.
    public var isComplete: Bool
    /// In the order in which they were taken, half made ones among them.
    public var checkpoints: [Checkpoint]
    /// Noted before the machines are suspended, gone once they run again.
    public var suspension: Suspension?

    public init(
        name: String, file: String, source: String, orchestrator: Orchestrator = .standard, machines: [String] = [],
        created: Date = Date(), isComplete: Bool = false, checkpoints: [Checkpoint] = [], suspension: Suspension? = nil
    ) {
        self.name = name
        self.file = file
        self.source = source
        self.orchestrator = orchestrator
        self.machines = machines
        self.created = created
        self.isComplete = isComplete
        self.checkpoints = checkpoints
        self.suspension = suspension
    }

    /// Also reads what was kept before there were checkpoints.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        file = try values.decode(String.self, forKey: .file)
        source = try values.decode(String.self, forKey: .source)
        orchestrator = try values.decode(Orchestrator.self, forKey: .orchestrator)
        machines = try values.decode([String].self, forKey: .machines)
        created = try values.decode(Date.self, forKey: .created)
        isComplete = try values.decode(Bool.self, forKey: .isComplete)
        checkpoints = try values.decodeIfPresent([Checkpoint].self, forKey: .checkpoints) ?? []
        suspension = try values.decodeIfPresent(Suspension.self, forKey: .suspension)
    }

    /// The checkpoint of that name, if it is complete.
    public func checkpoint(_ name: String) -> Checkpoint? { checkpoints.first { $0.name == name && $0.isComplete } }

    /// The topology: from the file as it is now, or else from the text that was kept.
    public func topology() throws -> Topology {
        if let (topology, _, _) = try? TopologyReader.read(file: URL(filePath: file)), topology.name == name { return topology }
        let (topology, diagnostics) = TopologyReader.read(source)
        guard let topology else { throw InvalidLabFile(file: file, diagnostics: diagnostics) }
        return topology
    }

    /// What runs the swarm of a lab for which nobody says so now: what it came up with, unless the file says something else
    /// since; for a lab that is not up, what the file says.
    public static func orchestrator(of topology: Topology, store: LabStore) -> Orchestrator {
        guard let state = try? store.load(topology.name),
            TopologyReader.read(state.source).topology?.orchestrator == topology.orchestrator
        else { return topology.orchestrator }
        return state.orchestrator
    }

    /// The folder in which host steps start.
    public var directory: URL { URL(filePath: file).deletingLastPathComponent() }
}
