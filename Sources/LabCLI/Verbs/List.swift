import ArgumentParser
import Foundation
import Lab

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the labs that are up.")

    @OptionGroup var options: LabOptions

    @Flag(name: [.short, .long], help: "Only the names.")
    var quiet = false

    func run() async throws {
        let labs = options.store.labs()
        if quiet {
            labs.forEach { Terminal.print($0.name) }
            return
        }
        let present = labs.isEmpty ? [] : try await options.fleet().machines()
        let rows = labs.map { lab in
            let machines = present.filter { lab.machines.contains($0.name) }
            let running = machines.count { $0.state == .running }
            let file = URL(filePath: lab.file).shownPath
            return [
                lab.name, "\(running)/\(lab.machines.count)", lab.isComplete ? "up" : "incomplete", lab.orchestrator.rawValue,
                Self.age(lab.created), file,
            ]
        }
        Terminal.print(Terminal.table([["NAME", "RUNNING", "STATE", "ORCHESTRATOR", "SINCE", "FILE"]] + rows))
    }

    private static func age(_ date: Date) -> String {
        let seconds = max(0, Int(Date().timeIntervalSince(date)))
        switch seconds {
        case ..<120: return "\(seconds) seconds"
        case ..<7200: return "\(seconds / 60) minutes"
        case ..<172_800: return "\(seconds / 3600) hours"
        default: return "\(seconds / 86400) days"
        }
    }
}
