import ArgumentParser
import Lab

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a suspended lab go on where it was.",
        discussion:
            "Ends when the swarm is as it was: all nodes ready that were ready, all managers reachable, one of them leads.")

    @OptionGroup var options: LabOptions
    @OptionGroup var swarm: SwarmTimeOption

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        try await KeepingVerb.run(lab, options) { workspace in
            let outcome = try await LabSuspension(workspace, timeout: swarm.duration).resume()
            return outcome.machines.isEmpty
                ? "Lab \"\(workspace.name)\" is not suspended" : "Lab \"\(workspace.name)\" goes on: \(outcome.words)"
        }
    }
}
