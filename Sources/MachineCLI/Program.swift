import Foundation
import Machine
import Processes

/// The `machine` program: reads the words, runs the command, tells what went wrong.
public enum MachineProgram {
    /// The docker-machine release whose behaviour this follows; scripts read it from `--version`.
    static let version = "0.16.2, build swarmlab"

    /// Runs one command line; Ctrl-C and SIGTERM cancel it, so that it can take down what it has made.
    ///
    /// - Returns: as `run`.
    public static func main(_ words: [String], environment: [String: String]) async -> Int32 {
        let work = Task { await run(words, environment: environment) }
        Interruption.install {
            work.cancel()
        } again: {
            Terminal.error("Stopped at once; the next create or rm takes down what is left.")
        }
        return await work.value
    }

    /// Runs one command line.
    ///
    /// - Parameter words: `argv`, the program's own name first.
    /// - Returns: the exit status: 0, 1 for any error, 3 where a check before `create` failed, or what `ssh` left.
    public static func run(_ words: [String], environment: [String: String]) async -> Int32 {
        let reader = CommandLineReader(
            program: words.first ?? "machine", version: version, environment: environment)
        do {
            switch try reader.read(Array(words.dropFirst())) {
            case .help(let text): Terminal.raw(text)
            case .version(let text): Terminal.out(text)
            case .run(let invocation):
                guard let command = commands[invocation.path.joined(separator: " ")] else {
                    throw MachineError.failed("\(invocation.path.joined(separator: " ")) is not implemented")
                }
                return try await command(Session(invocation, environment: environment, words: words))
            }
            return 0
        } catch let error as UsageError {
            if !error.output.isEmpty { Terminal.raw(error.output) }
            Terminal.error(error.message)
            return 1
        } catch is CancellationError {
            Terminal.error("Interrupted.")
            return 130
        } catch let error as MachineError {
            Terminal.error(error.description)
            if case .preCreateCheck = error { return 3 }
            return 1
        } catch {
            Terminal.error("\(error)")
            return 1
        }
    }

    typealias Run = @Sendable (Session) async throws -> Int32

    /// Every command's code, under the words that call it.
    private static let commands: [String: Run] = [
        "active": ActiveCommand.run,
        "completion": CompletionCommand.run,
        "config": ConfigCommand.run,
        "console": ConsoleCommand.run,
        "create": CreateCommand.run,
        "doctor": DoctorCommand.run,
        "env": EnvCommand.run,
        "image build": ImageCommands.build,
        "image inspect": ImageCommands.inspect,
        "image ls": ImageCommands.ls,
        "image rm": ImageCommands.rm,
        "image template": TemplateCommand.run,
        "inspect": InspectCommand.run,
        "ip": LifecycleCommands.ip,
        "kill": LifecycleCommands.kill,
        "ls": ListCommand.run,
        "mount": MountCommand.run,
        "provision": LifecycleCommands.provision,
        "regenerate-certs": RegenerateCertsCommand.run,
        "registry start": RegistryCommands.start,
        "registry status": RegistryCommands.status,
        "registry stop": RegistryCommands.stop,
        "restart": LifecycleCommands.restart,
        "resume": LifecycleCommands.resume,
        "rm": RemoveCommand.run,
        "scp": CopyCommand.run,
        "set": SetCommand.run,
        "ssh": SSHCommand.run,
        "start": LifecycleCommands.start,
        "status": StatusCommand.run,
        "stop": LifecycleCommands.stop,
        "suspend": LifecycleCommands.suspend,
        "upgrade": UpgradeCommand.run,
        "url": StatusCommand.url,
        "version": VersionCommand.run,
    ]
}
