import ArgumentParser
import Lab

struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make machines managers of the swarm.", usage: "lab promote [<lab>] <machine>",
        discussion: "lab up sets roles back to what the file says.")

    @OptionGroup var options: LabOptions

    @Argument(help: "The lab, unless it is the folder's, and the machine (or several, parted by commas).")
    var names: [String]

    func run() async throws { try await RoleVerb.run(names, options, to: .manager) }
}
