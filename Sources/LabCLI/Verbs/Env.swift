import ArgumentParser
import Foundation
import Lab

struct Env: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what points a Docker client at a manager of the lab.", usage: "eval $(lab env [<lab>])")

    @OptionGroup var options: LabOptions

    @Option(help: ArgumentHelp("Another machine than the first manager.", valueName: "machine"))
    var on: String?

    @Argument(help: "The lab file, or the name of a lab that is up.")
    var lab: String?

    func run() async throws {
        let workspace = try await options.workspace(lab)
        let name = try await machine(workspace)
        try workspace.checkAwake(try await workspace.machines().filter { $0.name == name })
        let values = try await workspace.fleet.environment(of: name)
        // docker-machine's order, and its quotes.
        for key in ["DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME"] {
            guard let value = values[key] else { continue }
            Terminal.print("export \(key)=\"\(Self.escaped(value))\"")
        }
        Terminal.print(
            "# Run this command to configure your shell: \n# eval $(lab env \(workspace.name)\(on.map { " --on \($0)" } ?? ""))")
    }

    private func machine(_ workspace: Workspace) async throws -> String {
        if let on { return try MachineSelection(on).machines(of: workspace.topology)[0] }
        if let manager = workspace.topology.managers.first { return manager.name }
        let snapshot = try await LabSnapshot.take(workspace)
        if let manager = snapshot.machines.first(where: { $0.node?.role == .manager })
            ?? snapshot.machines.first(where: { $0.machine != nil })
        {
            return manager.name
        }
        throw LabError("lab \"\(workspace.name)\" is not up (lab up)")
    }

    private static func escaped(_ value: String) -> String {
        value.map { "\\\"$`".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
