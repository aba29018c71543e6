import ArgumentParser
import Foundation
import Lab

struct Status: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    static let configuration = CommandConfiguration(abstract: "Show a lab's machines and their place in the swarm.")

    @OptionGroup var options: LabOptions

    @Option(help: "table or json.")
    var format = Format.table

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        let workspace = try await options.workspace(lab)
        let snapshot = try await LabSnapshot.take(workspace)
        switch format {
        case .table:
            Terminal.print(Terminal.table(StatusRow.headings + snapshot.machines.map { StatusRow($0).cells }))
            guard snapshot.machines.contains(where: { $0.machine?.isSuspended ?? false }) else { return }
            let since = try options.store.load(workspace.name)?.suspension.map { " since \($0.since.age)" } ?? ""
            Terminal.print("Lab \"\(workspace.name)\" is suspended\(since); lab resume \(workspace.name) lets it go on")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.print(String(decoding: try encoder.encode(snapshot.machines.map { StatusRow($0) }), as: UTF8.self))
        }
    }
}

/// What `lab status` says of one machine.
struct StatusRow: Encodable {
    var machine: String
    var state: String
    var address: String
    /// The role that the file asks for.
    var role: String
    /// What the machine is in the swarm now.
    var swarm: String
    var node: String
    var availability: String

    static let headings = [["MACHINE", "STATE", "ADDRESS", "ROLE", "SWARM", "NODE", "AVAILABILITY"]]

    init(_ machine: LabSnapshot.Machine) {
        self.machine = machine.name
        state = machine.machine?.state.rawValue ?? "Not created"
        address = machine.machine?.address ?? ""
        role = machine.role.rawValue
        let node = machine.node
        swarm =
            node.map { $0.managerStatus.map { $0.rawValue.capitalized } ?? "Worker" }
            ?? machine.swarm.map { $0 == .inactive ? "-" : $0.rawValue }
            // Who sleeps cannot be asked.
            ?? (machine.machine?.isSuspended ?? true ? "" : "?")
        self.node = node?.state.rawValue.capitalized ?? ""
        availability = node?.availability.rawValue.capitalized ?? ""
    }

    var cells: [String] { [machine, state, address, role, swarm, node, availability] }
}
