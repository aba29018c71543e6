import ArgumentParser
import Foundation
import Lab

struct Exec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command on many machines of a lab at once.",
        usage: "lab exec [<lab>] [--on <machines>] -- <command> ...",
        discussion:
            "Every line is prefixed with its machine. The exit status is the worst of all; 255 means a machine was not reached.")

    @OptionGroup var options: LabOptions

    @Option(help: ArgumentHelp("all, managers, workers, or names with * and ?, parted by commas.", valueName: "machines"))
    var on = "all"

    @Option(help: ArgumentHelp("The longest the command may take.", valueName: "time"))
    var timeout: TimeArgument?

    @Argument(help: "The lab file, or the name of a lab that is up.")
    var lab: String?

    @Argument(parsing: .postTerminator, help: "The command, as a person would type it.")
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("What is to be run? lab exec [<lab>] [--on <machines>] -- <command> ...") }
    }

    func run() async throws {
        let workspace = try await options.workspace(lab)
        let machines = try await Self.select(on, workspace)
        let width = machines.map(\.count).max() ?? 0
        let write = Surroundings.current.write
        let fanOut = FanOut(workspace.fleet, timeout: timeout?.duration ?? .seconds(3600)) { machine, stream, line in
            let text = machine + String(repeating: " ", count: width - machine.count) + " | " + line + "\n"
            write(stream == .stdout ? .output : .errors, Data(text.utf8))
        }
        let worst = try await fanOut.run(command.joined(separator: " "), on: machines)
        if worst != 0 { throw ExitCode(worst) }
    }

    /// Roles are those of the swarm as it is, where a role is asked for.
    static func select(_ selection: String, _ workspace: Workspace) async throws -> [String] {
        var roles: [String: SwarmNode.Role] = [:]
        if selection.contains("manager") || selection.contains("worker") {
            for machine in try await LabSnapshot.take(workspace).machines { roles[machine.name] = machine.node?.role }
        }
        let wanted = try MachineSelection(selection).machines(of: workspace.topology, roles: roles)
        let machines = try await workspace.machines()
        try workspace.checkAwake(machines)
        let present = Set(machines.map(\.name))
        guard !present.isEmpty else { throw LabError("lab \"\(workspace.name)\" is not up (lab up)") }
        return wanted.filter(present.contains)
    }
}
