import FoundationEssentials
import SwarmModel
import SwarmSecurity

/// Where a node keeps what it must know after a restart.
///
/// `membership.json` is written last when the node becomes part of a swarm and removed first when it leaves: without it, whatever else
/// is there was left by an attempt that did not come to an end, and is removed.
struct NodeFiles: Sendable {
    /// Such as `/var/lib/swarmd`.
    let stateDirectory: String
    /// Such as `/run/swarmd`: in memory, gone after a restart of the host.
    let runDirectory: String
    /// Where others look for the credentials, such as `/var/lib/docker/swarm/certificates`; nil for nowhere.
    var credentialsLink: String?

    var credentials: String { stateDirectory + "/certificates" }
    var store: String { stateDirectory + "/etcd" }
    var storeSocket: String { runDirectory + "/etcd" }
    /// What store peers show each other. It is kept sealed with the credentials; etcd wants files.
    var peer: String { runDirectory + "/peer" }
    /// A backup that the node's swarm is to be made from, by its name in `Membership`.
    func backup(_ name: String) -> String { stateDirectory + "/" + name }
    static let backupPrefix = "restored-"

    /// What was assigned to the node.
    var tasks: String { stateDirectory + "/tasks" }
    /// The networks that the node has a place in.
    var networks: String { stateDirectory + "/networks.json" }
    /// Secrets and configs that tasks find in files.
    var taskFiles: String { runDirectory + "/tasks" }
    /// The private key of the node's WireGuard.
    var tunnelKey: String { runDirectory + "/tunnel.key" }

    private var membershipFile: String { stateDirectory + "/membership.json" }

    /// What the node was part of when it stopped; nil where of nothing.
    ///
    /// - Throws: when the file is there and cannot be read.
    func membership() throws -> Membership? {
        guard FileManager.default.fileExists(atPath: membershipFile) else { return nil }
        return try JSONDecoder().decode(Membership.self, from: Data(contentsOf: URL(filePath: membershipFile)))
    }

    func save(_ membership: Membership) throws {
        try makeDirectory(stateDirectory)
        try FileSystem.replace(membershipFile, with: Array(try JSONEncoder().encode(membership)))
    }

    /// Leaves nothing of any swarm.
    func eraseAll() throws {
        try remove(membershipFile)
        try unlinkCredentials()
        try eraseStore()
        try remove(credentials)
        try remove(tasks)
        try remove(networks)
        try remove(tunnelKey)
        try eraseBackups()
    }

    /// Lets the credentials be found where others look for them. What is there already, such as those of the engine's own swarm mode,
    /// stays as it is; so does an engine's folder that is not there.
    func linkCredentials() throws {
        guard let link = credentialsLink else { return }
        try unlinkCredentials()
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: credentials)
    }

    private func unlinkCredentials() throws {
        guard let link = credentialsLink, (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == credentials else {
            return
        }
        try FileManager.default.removeItem(atPath: link)
    }

    /// Leaves no backup of those that were to be restored, but this one.
    func eraseBackups(except name: String? = nil) throws {
        for other in try FileSystem.names(in: stateDirectory) where other.hasPrefix(Self.backupPrefix) && other != name {
            try remove(stateDirectory + "/" + other)
        }
    }

    /// Leaves nothing of a manager's part.
    func eraseStore() throws { for path in [store, storeSocket, peer] { try remove(path) } }

    func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Writes a file that only its owner reads: who reads it meanwhile, as etcd may, finds all of the old or of the new.
    func write(_ content: some DataProtocol, to path: String) throws { try FileSystem.replace(path, with: Array(content)) }

    private func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}

/// What a node must know of its swarm after a restart, its certificate aside.
struct Membership: Codable, Sendable, Equatable {
    /// Where a manager's management port is served.
    var listenAddress: String
    /// Under which address other nodes reach this one: of a manager with its port.
    var advertiseAddress: String
    var dataPathAddress: String
    /// The managers that were known last: `host:port` by their node's IDs.
    var managers: [String: String]
    /// Whether its store is that of a member which others know.
    var hasStore: Bool
    /// The interface that had the advertised address when that was chosen; nil where none of this host's had.
    var interface: String?
    /// The backup from which the store is to be made first; nil where there is none, or it has been.
    var backup: String?
}
