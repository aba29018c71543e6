import ArgumentParser
import Lab

struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a lab's machines to disk, as they are at one instant, and end them.",
        discussion: "lab resume lets them go on where they were; so does lab up.")

    @OptionGroup var options: LabOptions

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        try await KeepingVerb.run(lab, options) { workspace in
            let outcome = try await LabSuspension(workspace).suspend()
            return outcome.machines.isEmpty
                ? "Lab \"\(workspace.name)\" is suspended already" : "Lab \"\(workspace.name)\" is suspended: \(outcome.words)"
        }
    }
}
