import ArgumentParser
import Lab

struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a lab down: its machines and all that is kept about it.")

    @OptionGroup var options: LabOptions

    @Option(help: "How many machines are removed at once.")
    var parallel = 4

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        let name = try self.name()
        let progress = ProgressPrinter(file: name)
        defer { progress.finish() }
        let lock = try options.store.lock(name)
        defer { lock.release() }
        guard try options.store.load(name) != nil else { return Terminal.print("Lab \"\(name)\" is not up") }
        let removed = try await LabDown(
            name, fleet: try await options.fleet(), store: options.store, parallel: parallel, events: { progress($0) }
        ).run()
        progress.finish()
        Terminal.print("Lab \"\(name)\" is down" + (removed.isEmpty ? "" : ": removed \(removed.joined(separator: ", "))"))
    }

    /// A lab can be taken down by name even when its file can no longer be read.
    private func name() throws -> String {
        if let lab, try options.store.load(lab) != nil { return lab }
        return try options.find(lab).topology.name
    }
}
