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

    public init(
        name: String, file: String, source: String, orchestrator: Orchestrator = .engine, machines: [String] = [],
        created: Date = Date(), isComplete: Bool = false
    ) {
        self.name = name
        self.file = file
        self.source = source
        self.orchestrator = orchestrator
        self.machines = machines
        self.created = created
        self.isComplete = isComplete
    }

    /// The topology: from the file as it is now, or else from the text that was kept.
    public func topology() throws -> Topology {
        if let (topology, _, _) = try? TopologyReader.read(file: URL(filePath: file)), topology.name == name { return topology }
        let (topology, diagnostics) = TopologyReader.read(source)
        guard let topology else { throw InvalidLabFile(file: file, diagnostics: diagnostics) }
        return topology
    }

    /// The folder in which host steps start.
    public var directory: URL { URL(filePath: file).deletingLastPathComponent() }
}
