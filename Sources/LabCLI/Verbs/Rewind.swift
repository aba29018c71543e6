import ArgumentParser
import Lab

struct Rewind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put all machines of a lab back to a checkpoint.", usage: "lab rewind [<lab>] <name>",
        discussion: """
            Whatever happened since is gone; the checkpoint stays. Ends when the swarm is as it was: all nodes ready that were \
            ready, all managers reachable, one of them leads.
            """)

    @OptionGroup var options: LabOptions
    @OptionGroup var swarm: SwarmTimeOption

    @Argument(help: "The lab, unless it is the folder's, and the checkpoint.")
    var names: [String]

    func validate() throws { _ = try KeepingVerb.split(names, verb: "rewind") }

    func run() async throws {
        let (lab, name) = try KeepingVerb.split(names, verb: "rewind")
        try await KeepingVerb.run(lab, options) { workspace in
            let back = try await LabCheckpoints(workspace, timeout: swarm.duration).rewind(to: name)
            return "Lab \"\(workspace.name)\" is \(back.words)"
        }
    }
}
