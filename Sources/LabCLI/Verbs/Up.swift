import ArgumentParser
import Lab

/// How machines are brought up; `up` and `run` share this.
struct UpOptions: ParsableArguments {
    @Option(
        help:
            "What runs the swarm: \(Orchestrator.allCases.map(\.rawValue).joined(separator: " or ")). (default: what the file says)"
    )
    var orchestrator: Orchestrator?

    @Option(help: "How many machines are made at once.")
    var parallel = 4

    @Flag(help: "Leave what was made where it is when something goes wrong.")
    var keepOnFailure = false

    @Option(help: ArgumentHelp("How long the swarm may take to have all nodes ready, such as 5m.", valueName: "time"))
    var swarmTimeout: TimeArgument?

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel must be between 1 and 64, not \(parallel)") }
    }

    var lab: LabUp.Options {
        .init(parallel: parallel, keepsOnFailure: keepOnFailure, timeout: swarmTimeout?.duration ?? .seconds(600))
    }
}

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a lab up: make what is missing, start what is stopped, resume what is suspended, form the swarm.",
        discussion: "Doing it again changes nothing but what is no longer as the file asks.")

    @OptionGroup var options: LabOptions
    @OptionGroup var up: UpOptions

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        let found = try options.find(lab)
        let progress = ProgressPrinter(file: found.file.shownPath)
        defer { progress.finish() }
        let workspace = try await options.workspace(lab, orchestrator: up.orchestrator) { progress($0) }
        let lock = try options.store.lock(workspace.name)
        defer { lock.release() }
        let start = ContinuousClock.now
        let summary = try await LabUp(workspace, options: up.lab).run()
        progress.finish()
        // In a pipe every change has had its line already.
        if Terminal.isOutputTerminal { summary.swarm.forEach(Terminal.print) }
        let time = (ContinuousClock.now - start).brief
        let toSteps = workspace.topology.machines.filter { $0.creation == .steps }.map(\.name)
        if !toSteps.isEmpty { Terminal.print("Made by the lab's steps, not by up: \(toSteps.joined(separator: ", ")) (lab run)") }
        Terminal.print(
            summary.isNothing
                ? "Lab \"\(workspace.name)\" is up; there was nothing to do (\(time))"
                : "Lab \"\(workspace.name)\" is up (\(time))")
    }
}
