import ArgumentParser
import Foundation
import Lab

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a lab through its steps and check every one.",
        discussion: """
            The lab is brought up where it is not, and taken down afterwards if this run brought it up. Exit status: 0 when every \
            expectation held, 1 when one did not, 2 when the lab itself failed.
            """)

    @OptionGroup var options: LabOptions
    @OptionGroup var up: UpOptions

    @Flag(help: "Leave the lab up afterwards.")
    var keep = false

    @Flag(name: .customLong("continue"), help: "Go on after a step that failed, whatever the file says.")
    var goOn = false

    @Option(help: ArgumentHelp("Write the results as JUnit XML.", valueName: "file"), completion: .file(extensions: ["xml"]))
    var junit: String?

    @Option(help: ArgumentHelp("Only the steps whose name matches this regular expression.", valueName: "pattern"))
    var step: String?

    @Flag(
        help: ArgumentHelp(
            "Take a checkpoint before each step, called step-1, step-2, …; the lab stays up so that you can go back (lab rewind)."
        ))
    var checkpointSteps = false

    @Option(
        help: ArgumentHelp("Go back to a checkpoint that a run took, and carry out the steps after it.", valueName: "checkpoint"))
    var from: String?

    @Option(help: ArgumentHelp("The longest all steps together may take, such as 30m.", valueName: "time"))
    var timeout: TimeArgument?

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func validate() throws {
        if let step, (try? Pattern(step)) == nil { throw ValidationError("--step: \"\(step)\" is not a regular expression") }
    }

    func run() async throws {
        let found = try options.find(lab)
        let progress = ProgressPrinter(file: found.file.shownPath)
        defer { progress.finish() }
        let workspace = try await options.workspace(lab, orchestrator: up.orchestrator) { progress($0) }
        let lock = try options.store.lock(workspace.name)
        defer { lock.release() }
        let runner = LabRunner.Options(
            continues: goOn, only: try step.map { try Pattern($0) }, timeout: timeout?.duration, keepsSteps: checkpointSteps)
        let options = LabRun.Options(runner: runner, up: up.lab, keeps: keep, from: from)
        let report = try await LabRun(workspace, options: options) { report in
            // Written before the lab is taken down: the results are worth more than the rest.
            guard let junit else { return }
            try Data(JUnit.document(report).utf8).write(to: URL(filePath: junit), options: .atomic)
        }.run()
        progress.finish()
        Terminal.print(summary(report))
        if checkpointSteps, let last = try? LabCheckpoints(workspace).all().last(where: { $0.progress != nil }) {
            Terminal.print(
                "Go back to before a step with: lab rewind \(workspace.name) \(last.name); "
                    + "do it over from there with: lab run \(workspace.name) --from \(last.name)")
        }
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }

    private func summary(_ report: RunReport) -> String {
        let counts = [
            (report.passed, "passed"), (report.failed, "failed"), (report.errors, "could not be carried out"),
            (report.skipped, "skipped"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        let verdict = report.exitStatus == 0 ? Colour.green("passed") : Colour.red("FAILED")
        return "Lab \"\(report.lab)\" \(verdict): \(report.results.count) steps, \(counts.isEmpty ? "none carried out" : counts) "
            + "(\(report.duration.brief))"
    }
}
