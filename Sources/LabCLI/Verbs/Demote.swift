import ArgumentParser
import Lab

struct Demote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make managers of the swarm workers.", usage: "lab demote [<lab>] <machine>",
        discussion: "lab up sets roles back to what the file says.")

    @OptionGroup var options: LabOptions

    @Argument(help: "The lab, unless it is the folder's, and the machine (or several, parted by commas).")
    var names: [String]

    func run() async throws { try await RoleVerb.run(names, options, to: .worker) }
}

/// What `promote` and `demote` have in common.
enum RoleVerb {
    static func run(_ names: [String], _ options: LabOptions, to role: SwarmNode.Role) async throws {
        guard (1...2).contains(names.count) else { throw ValidationError("Name one machine, or several parted by commas.") }
        let (lab, rest) = LabOptions.split(names, least: 1)
        let workspace = try await options.workspace(lab)
        let lock = try options.store.lock(workspace.name)
        defer { lock.release() }
        try workspace.checkAwake(try await workspace.machines())
        let machines = try MachineSelection(rest[0]).machines(of: workspace.topology)
        for line in try await RoleChange(workspace, to: role).run(machines) { Terminal.print(line) }
    }
}
