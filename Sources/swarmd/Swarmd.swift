import ArgumentParser

/// The program that runs in every machine.
@main
struct Swarmd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarmd", abstract: "Serve the Docker API of a node, its part in a swarm included.",
        subcommands: [Serve.self, Backup.self, Restore.self], defaultSubcommand: Serve.self)
}
