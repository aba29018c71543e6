import ArgumentParser
import Foundation
import Lab
import Processes

/// The program `lab`.
public enum LabProgram {
    /// What a person may say about where machines are.
    public struct FleetOptions: Sendable {
        /// The machine store.
        public var storagePath: URL
        /// The hypervisor; nil for the default.
        public var libvirtURI: String?
    }

    public typealias MakeFleet = @Sendable (FleetOptions) async throws -> any Fleet

    /// Parses the arguments, runs the verb and ends the process with the verb's exit status: 0 when all is well, 1 for a verdict
    /// (an expectation that failed, a file that is not valid), 2 when the verb could not do its work, 64 for arguments that make
    /// no sense, 130 after an interruption.
    ///
    /// - Parameter makeFleet: gives the machines; called only by verbs that need them.
    public static func main(_ arguments: [String]? = nil, fleet makeFleet: @escaping MakeFleet) async -> Never {
        let surroundings = Surroundings(makeFleet: makeFleet)
        let task = Task { await run(arguments ?? Array(CommandLine.arguments.dropFirst()), in: surroundings) }
        Interruption.install {
            Terminal.complain("interrupted, cleaning up (once more to stop at once)")
            task.cancel()
        } again: {
            Terminal.complain("stopped at once; lab ls and docker-machine ls show what is left")
        }
        Foundation.exit(await task.value)
    }

    /// Runs a verb and returns its exit status; cancelling the task interrupts it.
    static func run(_ arguments: [String], in surroundings: Surroundings) async -> Int32 {
        await Surroundings.$current.withValue(surroundings) {
            do {
                var command = try LabCommand.parseAsRoot(withoutLeadingOptions(arguments))
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch {
                return status(for: error)
            }
        }
    }

    /// `lab -s STORE up`, as docker-machine has it, means `lab up -s STORE`: both end up in the environment.
    private static func withoutLeadingOptions(_ arguments: [String]) -> [String] {
        let variables = [
            "-s": "MACHINE_STORAGE_PATH", "--storage-path": "MACHINE_STORAGE_PATH", "--libvirt-uri": "LIBVIRT_DEFAULT_URI",
        ]
        var rest = arguments[...]
        while let option = rest.first {
            let halves = option.split(separator: "=", maxSplits: 1).map(String.init)
            if halves.count == 2, option.hasPrefix("--"), let variable = variables[halves[0]] {
                setenv(variable, halves[1], 1)
                rest = rest.dropFirst()
            } else if let variable = variables[option], rest.count > 1 {
                setenv(variable, rest[rest.startIndex + 1], 1)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return Array(rest)
    }

    /// Tells a person what went wrong.
    private static func status(for error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case is CancellationError:
            Terminal.complain("interrupted")
            return 130
        case let invalid as InvalidLabFile:
            Terminal.write("\(invalid)\n", to: .errors)
            return 2
        default:
            // Help that was asked for, and arguments that make no sense, have the parser's words.
            let code = LabCommand.exitCode(for: error)
            if code == .success || code == .validationFailure {
                let text = LabCommand.fullMessage(for: error)
                if !text.isEmpty { Terminal.write(text + "\n", to: code == .success ? .output : .errors) }
                return code.rawValue
            }
            Terminal.complain("\(error)")
            return 2
        }
    }
}

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract:
            "Whole Docker Swarms of virtual machines from one file: bring them up, take them through steps, check every one.",
        discussion: """
            A lab is named by its file, or by its name while it is up; without either it is lab.yaml, or the only *.lab.yaml, in \
            the folder.
            """,
        subcommands: [
            Validate.self, Up.self, Run.self, Down.self, Status.self, List.self, Suspend.self, Resume.self, TakeCheckpoint.self,
            Rewind.self, ListCheckpoints.self, SSH.self, Exec.self, Env.self, Promote.self, Demote.self, Logs.self, Graph.self,
        ])
}
