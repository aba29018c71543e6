import ArgumentParser
import Lab

/// How long a swarm may take to be as it was; `resume` and `rewind` share this.
struct SwarmTimeOption: ParsableArguments {
    @Option(help: ArgumentHelp("How long the swarm may take to be as it was. (default: 2m)", valueName: "time"))
    var swarmTimeout: TimeArgument?

    var duration: Duration { swarmTimeout?.duration ?? .seconds(120) }
}

/// What the verbs that keep labs have in common.
enum KeepingVerb {
    /// Does the work on a lab, with its lock held and its progress shown, and prints the line that comes of it.
    static func run(
        _ lab: String?, _ options: LabOptions, _ body: (Workspace) async throws -> String
    ) async throws {
        let found = try options.find(lab)
        let progress = ProgressPrinter(file: found.file.shownPath)
        defer { progress.finish() }
        let workspace = try await options.workspace(lab) { progress($0) }
        let lock = try options.store.lock(workspace.name)
        defer { lock.release() }
        let line = try await body(workspace)
        progress.finish()
        Terminal.print(line)
    }

    /// `[LAB] NAME`.
    static func split(_ names: [String], verb: String) throws -> (lab: String?, name: String) {
        guard (1...2).contains(names.count) else {
            throw ValidationError("Name one checkpoint: lab \(verb) [<lab>] <name>")
        }
        let (lab, rest) = LabOptions.split(names, least: 1)
        return (lab, rest[0])
    }
}
