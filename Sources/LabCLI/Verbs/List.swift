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
                lab.name, "\(running)/\(lab.machines.count)", Self.state(lab, machines), lab.orchestrator.rawValue,
                lab.created.age, file,
            ]
        }
        Terminal.print(Terminal.table([["NAME", "RUNNING", "STATE", "ORCHESTRATOR", "SINCE", "FILE"]] + rows))
    }

    private static func state(_ lab: LabState, _ machines: [FleetMachine]) -> String {
        let asleep = machines.contains(where: \.isSuspended)
        if asleep { return machines.contains { $0.state == .running } ? "partly suspended" : "suspended" }
        return lab.isComplete ? "up" : "incomplete"
    }
}
