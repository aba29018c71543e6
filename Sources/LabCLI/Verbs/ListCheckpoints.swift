import ArgumentParser
import Foundation
import Lab

struct ListCheckpoints: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    static let configuration = CommandConfiguration(
        commandName: "checkpoints", abstract: "List the checkpoints of a lab, or remove some.")

    @OptionGroup var options: LabOptions

    @Option(help: "table or json.")
    var format = Format.table

    @Option(help: ArgumentHelp("Remove a checkpoint; may be given several times.", valueName: "name"))
    var remove: [String] = []

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        guard remove.isEmpty else { return try await removeAll() }
        let workspace = try await options.workspace(lab)
        // What was cut off is cleared away, unless another verb is just making it.
        if let lock = try? options.store.lock(workspace.name) {
            defer { lock.release() }
            try await LabCheckpoints(workspace).removeHalfMade()
        }
        let checkpoints = try LabCheckpoints(workspace).all()
        switch format {
        case .table: Terminal.print(Terminal.table(CheckpointRow.headings + checkpoints.map { CheckpointRow($0).cells }))
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            Terminal.print(String(decoding: try encoder.encode(checkpoints.map { CheckpointRow($0) }), as: UTF8.self))
        }
    }

    private func removeAll() async throws {
        try await KeepingVerb.run(lab, options) { workspace in
            let checkpoints = LabCheckpoints(workspace)
            // All or none: a name that was mistyped is told before anything is gone.
            for name in remove { _ = try checkpoints.find(name) }
            for name in Set(remove) { try await checkpoints.remove(name) }
            let names = remove.map { "\"\($0)\"" }.joined(separator: ", ")
            return "Removed checkpoint\(remove.count == 1 ? "" : "s") \(names) of lab \"\(workspace.name)\""
        }
    }
}

/// What `lab checkpoints` says of one checkpoint.
struct CheckpointRow: Encodable {
    var name: String
    var created: Date
    var machines: [String]
    /// The step after which a run took it, from 1; 0 before the first; nil when it was not a run.
    var step: Int?
    var stepName: String?

    static let headings = [["NAME", "AGE", "MACHINES", "STEP"]]

    init(_ checkpoint: Checkpoint) {
        name = checkpoint.name
        created = checkpoint.created
        machines = checkpoint.machines.map(\.name)
        step = checkpoint.progress?.step
        stepName = checkpoint.progress.flatMap { $0.name.isEmpty ? nil : $0.name }
    }

    var cells: [String] {
        let place = step.map { $0 == 0 ? "before the first" : "after \($0), \(stepName ?? "")" } ?? "-"
        return [name, created.age, machines.joined(separator: ", "), place]
    }
}
