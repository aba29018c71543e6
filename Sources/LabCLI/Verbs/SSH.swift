import ArgumentParser
import Foundation
import Lab

struct SSH: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh", abstract: "Log into a machine of a lab, or run a command there.",
        usage: "lab ssh [<lab>] <machine> [-- <command> ...]")

    @OptionGroup var options: LabOptions

    // Two of them, not a list: the parser allows nothing to follow a list.
    @Argument(help: "The lab, unless it is the folder's.")
    var labOrMachine: String

    @Argument(help: "The machine.")
    var machine: String?

    @Argument(parsing: .postTerminator, help: "A command to run there.")
    var command: [String] = []

    func run() async throws {
        let (lab, name) = machine.map { (labOrMachine, $0) } ?? (nil, labOrMachine)
        let workspace = try await options.workspace(lab)
        let machine = try MachineSelection(name).machines(of: workspace.topology)
        guard machine.count == 1 else {
            throw LabError("\"\(name)\" is more than one machine: \(machine.joined(separator: ", "))")
        }
        try workspace.checkAwake(try await workspace.machines().filter { $0.name == machine[0] })
        let status: Int32
        if command.isEmpty {
            status = try await workspace.fleet.shell(on: machine[0])
        } else {
            let write = Surroundings.current.write
            status = try await workspace.fleet.run(
                command.joined(separator: " "), on: machine[0], input: nil, timeout: .seconds(86400)
            ) { chunk in
                write(chunk.stream == .stdout ? .output : .errors, chunk.data)
            }.status
        }
        if status != 0 { throw ExitCode(status) }
    }
}
