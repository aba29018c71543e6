import ArgumentParser
import Lab

struct TakeCheckpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Keep all machines of a lab as they are at this instant, to go back to.",
        usage: "lab checkpoint [<lab>] <name> [--replace]",
        discussion: "Memory, devices and disks of all machines. They run on afterwards; lab rewind goes back.")

    @OptionGroup var options: LabOptions

    @Flag(help: "A checkpoint of that name gives way.")
    var replace = false

    @Argument(help: "The lab, unless it is the folder's, and what the checkpoint is to be called.")
    var names: [String]

    func validate() throws { _ = try KeepingVerb.split(names, verb: "checkpoint") }

    func run() async throws {
        let (lab, name) = try KeepingVerb.split(names, verb: "checkpoint")
        if lab == nil, try options.store.load(name) != nil {
            // Who types only the lab has forgotten the rest.
            throw ValidationError("\"\(name)\" is a lab; name the checkpoint, too: lab checkpoint \(name) <name>")
        }
        try await KeepingVerb.run(lab, options) { workspace in
            let start = ContinuousClock.now
            let checkpoint = try await LabCheckpoints(workspace).take(name, replaces: replace)
            let count = checkpoint.machines.count
            return "Checkpoint \"\(name)\" of lab \"\(workspace.name)\" is taken: \(count) machine\(count == 1 ? "" : "s") "
                + "(\((ContinuousClock.now - start).brief))"
        }
    }
}
