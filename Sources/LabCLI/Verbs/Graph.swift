import ArgumentParser
import Foundation
import Lab

struct Graph: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case svg, mermaid }

    static let configuration = CommandConfiguration(
        abstract: "Draw a lab: machines, roles and tasks.",
        discussion: "A lab that is up is drawn as it is, any other as its file has it.")

    @OptionGroup var options: LabOptions

    @Option(help: "svg or mermaid.")
    var format = Format.svg

    @Option(name: [.short, .long], help: ArgumentHelp("Write to a file.", valueName: "file"))
    var output: String?

    @Argument(help: "The lab file, or the name of a lab that is up.", completion: .file(extensions: ["yaml", "yml"]))
    var lab: String?

    func run() async throws {
        let found = try options.find(lab)
        let isUp = try options.store.load(found.topology.name) != nil
        // A picture of a file needs no hypervisor.
        let snapshot = isUp ? try await LabSnapshot.take(options.workspace(lab)) : LabSnapshot(found.topology)
        let text = format == .svg ? SVGGraph(snapshot).document : MermaidGraph(snapshot).document
        guard let output else { return Terminal.write(text, to: .output) }
        try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
    }
}
