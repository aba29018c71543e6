import ArgumentParser
import Foundation
import Lab

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what the engines of a lab's machines have logged.")

    @OptionGroup var options: LabOptions

    @Option(help: ArgumentHelp("all, managers, workers, or names with * and ?, parted by commas.", valueName: "machines"))
    var on = "all"

    @Option(name: [.customShort("n"), .long], help: "Lines per machine.")
    var lines = 50

    @Flag(name: [.short, .long], help: "Go on as more is logged.")
    var follow = false

    @Argument(help: "The lab file, or the name of a lab that is up.")
    var lab: String?

    func validate() throws {
        guard (0...1_000_000).contains(lines) else {
            throw ValidationError("--lines must be between 0 and 1000000, not \(lines)")
        }
    }

    func run() async throws {
        let workspace = try await options.workspace(lab)
        let machines = try await Exec.select(on, workspace)
        let width = machines.map(\.count).max() ?? 0
        let command =
            "sudo journalctl --unit=docker.service --no-pager --output=short-iso --lines=\(lines)\(follow ? " --follow" : "")"
        let write = Surroundings.current.write
        let fanOut = FanOut(workspace.fleet, timeout: follow ? .seconds(86400) : .seconds(120)) { machine, stream, line in
            let text = machine + String(repeating: " ", count: width - machine.count) + " | " + line + "\n"
            write(stream == .stdout ? .output : .errors, Data(text.utf8))
        }
        let worst = try await fanOut.run(command, on: machines)
        if worst != 0 { throw ExitCode(worst) }
    }
}
