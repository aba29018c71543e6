import ArgumentParser
import Foundation
import Lab

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check a lab file and say what is wrong, with line and column.")

    @OptionGroup var options: LabOptions

    @Argument(help: "The lab file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    func run() async throws {
        let found: LabLocator.Found
        do {
            found = try options.find(file)
        } catch let error as InvalidLabFile {
            Terminal.print(error.description)
            throw ExitCode(1)
        }
        let shown = found.file.shownPath
        for warning in found.warnings { Terminal.print(warning.text(file: shown)) }
        let topology = found.topology
        let roles = [(topology.managers.count, "manager"), (topology.workers.count, "worker")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        let machines = "\(topology.machines.count) machine\(topology.machines.count == 1 ? "" : "s")"
        let detail = roles.isEmpty ? machines : "\(machines) (\(roles.joined(separator: ", ")))"
        Terminal.print("\(shown): valid: lab \"\(topology.name)\", \(detail), \(topology.steps.count) steps")
    }
}
