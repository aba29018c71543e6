import ArgumentParser
import DockerAPI
import NIOPosix
import SwarmNode

/// Where swarmd keeps what it keeps.
struct Directories: ParsableArguments {
    @Option(help: "What must survive a restart of the host.")
    var stateDir = "/var/lib/swarmd"
    @Option(help: "What need not.")
    var runDir = "/run/swarmd"

    var configuration: ClusterNode.Configuration {
        ClusterNode.Configuration(stateDirectory: stateDir, runDirectory: runDir)
    }
}

/// Writes a backup while swarmd serves.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a backup of the swarm to a file, on a manager, while swarmd serves.",
        discussion: """
            The file holds the whole swarm, its keys among it: whoever has the file can take the swarm over. It is readable for \
            root only. If autolock is on, the keys in it are sealed, and restoring it takes the unlock key that was valid when it \
            was made (docker swarm unlock-key): keep that, too.
            """)

    @Argument(help: "The file. One that is there is replaced when the backup is complete.", completion: .file())
    var file: String
    @OptionGroup var directories: Directories

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let made = try await SwarmBackup.save(directories.configuration, to: file, group: group, now: SystemClock.now())
        print("Swarm saved to \(file): \(made.entries) entries of the store, as node \(made.nodeID).")
        print(
            made.isSealed
                ? "Restoring it takes the unlock key that is valid now (docker swarm unlock-key)."
                : "The file holds the swarm's keys: keep it where only you can read it.")
    }
}

/// Makes this node the manager of a swarm that was saved, while swarmd does not serve.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make this node the only manager of the swarm in a backup, while swarmd does not serve.",
        discussion: """
            The node becomes the one that the backup was made on. Nodes that were managers besides are workers, as after docker \
            swarm init --force-new-cluster. Stop swarmd before, and start it afterwards. The former managers must not run as \
            such any more: let them leave the swarm.
            """)

    @Argument(help: "The file that swarmd backup has written.", completion: .file())
    var file: String
    @Option(help: "ADDRESS|INTERFACE[:PORT] under which others reach this node, unless it has the address that the backup names.")
    var advertiseAddr: String?
    @Option(help: "ADDRESS|INTERFACE[:PORT] where it listens.")
    var listenAddr: String?
    @Option(help: "ADDRESS|INTERFACE for data between nodes.")
    var dataPathAddr: String?
    @Flag(help: "Give up the swarm that this node is part of.")
    var force = false
    @OptionGroup var directories: Directories

    func run() async throws {
        let restored = try await SwarmBackup.restore(
            file, to: directories.configuration,
            addresses: SwarmBackup.Addresses(advertise: advertiseAddr, listen: listenAddr, dataPath: dataPathAddr), force: force)
        print(
            "Swarm restored from \(file): \(restored.entries) entries of the store, as node \(restored.nodeID) at "
                + "\(restored.address). Start swarmd now.")
        if restored.isSealed { print("The swarm is locked: once swarmd serves, unlock it with docker swarm unlock.") }
    }
}
