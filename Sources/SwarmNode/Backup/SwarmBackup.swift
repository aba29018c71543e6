import DockerAPI
import FoundationEssentials
import NIOPosix
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The swarm in one file, and back. Both are done beside the process that serves: the backup while it serves, the way back while it
/// does not.
public enum SwarmBackup {
    /// What a backup was made of, or what was restored.
    public struct Summary: Sendable, Equatable {
        /// The node that it was made on, and that the restored one is.
        public var nodeID: String
        /// How many entries of the store there are.
        public var entries: Int
        /// Whether it takes the unlock key to open it.
        public var isSealed: Bool
        /// `host:port` of the management port.
        public var address: String
    }

    /// Writes a backup of the swarm that this node is a manager of.
    ///
    /// - Throws: `BackupError`; whatever was at `path` is unchanged then.
    public static func save(
        _ configuration: ClusterNode.Configuration, to path: String, group: MultiThreadedEventLoopGroup, now: Timestamp
    ) async throws -> Summary {
        try requirePlace(path)
        let files = NodeFiles(stateDirectory: configuration.stateDirectory, runDirectory: configuration.runDirectory)
        guard let membership = try files.membership() else { throw BackupError("this node is not part of a swarm") }
        guard membership.hasStore else {
            throw BackupError("this node is not a manager of its swarm: make the backup on one that is")
        }
        let connection = try EtcdConnection(socket: EtcdConfiguration.socket(in: files.storeSocket), group: group)
        defer { connection.close() }
        let snapshot: StoreSnapshot
        let nodeID: String
        do {
            let members = EtcdMembers(connection)
            let own = try await members.status(within: .seconds(3)).memberID
            nodeID = try await members.members().first { $0.id == own }?.name ?? ""
            snapshot = try await EtcdStore(connection).read(prefix: "")
        } catch let error as StoreError {
            throw BackupError(explanation(error))
        }
        // Which of the managers led is of no use to another store.
        let entries = snapshot.entries.filter { $0.key != Leader.key }.map { BackupEntry(key: $0.key, value: $0.value) }
        guard membership.backup == nil, !nodeID.isEmpty,
            let dataKey = try BackupError.wrapping({ try files.sealedDataKey(for: entries) })
        else { throw BackupError("the manager on this node is being prepared: try again in a moment") }
        try BackupFile.write(
            BackupManifest(
                createdAt: now, nodeID: nodeID, listenAddress: membership.listenAddress,
                advertiseAddress: membership.advertiseAddress, dataPathAddress: membership.dataPathAddress, dataKey: dataKey),
            entries, to: path)
        return Summary(
            nodeID: nodeID, entries: entries.count, isSealed: KeyFile.isSealed(dataKey), address: membership.advertiseAddress)
    }

    private static func explanation(_ error: StoreError) -> String {
        switch error {
        case .noLeader, .timedOut: error.description
        default: "the swarm's store does not answer: is swarmd serving, and the swarm unlocked? (\(error))"
        }
    }

    /// Refuses to put something else than a file away. A link is not followed: it would be the link that is replaced.
    static func requirePlace(_ path: String) throws {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFREG else { throw BackupError("writing \(path): what is there is not a file") }
    }

    /// What a person chooses for the restored node.
    public struct Addresses: Sendable {
        /// As `docker swarm init` takes them; nil for what the backup says, where this host has that address.
        public var advertise: String?
        public var listen: String?
        public var dataPath: String?

        public init(advertise: String? = nil, listen: String? = nil, dataPath: String? = nil) {
            self.advertise = advertise
            self.listen = listen
            self.dataPath = dataPath
        }
    }

    /// Makes this node the only manager of the swarm in a backup, from the next start of swarmd on.
    ///
    /// - Parameter force: gives up what the node is part of.
    /// - Throws: `BackupError`; nothing is changed then.
    public static func restore(
        _ path: String, to configuration: ClusterNode.Configuration, addresses: Addresses, force: Bool
    ) async throws -> Summary {
        guard let lock = try await NodeLock.acquire(configuration.stateDirectory) else {
            throw BackupError("swarmd is serving with \(configuration.stateDirectory): stop it first (systemctl stop swarmd)")
        }
        return try withExtendedLifetime(lock) {
            try restore(path, to: configuration, addresses, on: .current(), force: force)
        }
    }

    static func restore(
        _ path: String, to configuration: ClusterNode.Configuration, _ chosen: Addresses, on host: HostAddresses, force: Bool
    ) throws -> Summary {
        let files = NodeFiles(stateDirectory: configuration.stateDirectory, runDirectory: configuration.runDirectory)
        guard try force || files.membership() == nil else {
            throw BackupError(
                "this node is part of a swarm already: leave it first (docker swarm leave --force), or give it up with --force")
        }
        let former = try files.membership()?.backup
        let reader = try BackupReader(path: path)
        let manifest = reader.manifest
        var membership = try BackupError.wrapping { try self.membership(of: manifest, chosen, on: host) }
        let digest = try reader.verify()
        // What needs the unlock key is looked into when there is one.
        if !manifest.isSealed { try BackupError.wrapping { _ = try RestoredSwarm(path: path, unlockKey: nil) } }
        let name = "\(NodeFiles.backupPrefix)\(digest)"
        do {
            try files.makeDirectory(configuration.stateDirectory)
            try BackupError.wrapping { try copy(path, to: files.backup(name)) }
            guard try BackupReader(path: files.backup(name)).verify() == digest else {
                throw BackupError("\(path) has changed while it was read")
            }
            membership.backup = name
            // From here on the node is part of the swarm.
            try BackupError.wrapping { try files.save(membership) }
        } catch {
            try? files.eraseBackups(except: former)
            throw error
        }
        return Summary(
            nodeID: manifest.nodeID, entries: reader.count, isSealed: manifest.isSealed, address: membership.advertiseAddress)
    }

    /// What the backup says, as far as it is true of this host.
    private static func membership(
        of manifest: BackupManifest, _ chosen: Addresses, on host: HostAddresses
    ) throws -> Membership {
        func isHere(_ address: String) -> Bool { host.entries.contains { $0.address == address } }
        var listen = Endpoint(manifest.listenAddress) ?? Endpoint(host: "0.0.0.0", port: HostAddresses.defaultPort)
        if !isHere(listen.host) { listen.host = listen.host.contains(":") ? "::" : "0.0.0.0" }
        if let text = chosen.listen { listen = try host.listen(text) }
        var advertise = Endpoint(manifest.advertiseAddress)
        if chosen.advertise != nil || chosen.listen != nil || !isHere(advertise?.host ?? "") {
            advertise = try host.advertise(chosen.advertise ?? "", listen: listen)
        }
        guard let advertise else { throw BackupError("the backup names no address of the manager: say it with --advertise-addr") }
        let former = isHere(manifest.dataPathAddress) && chosen.advertise == nil ? manifest.dataPathAddress : ""
        return Membership(
            listenAddress: listen.description, advertiseAddress: advertise.description,
            dataPathAddress: try host.dataPath(chosen.dataPath ?? former, advertise: advertise),
            managers: [manifest.nodeID: advertise.description], hasStore: true, interface: host.interface(of: advertise.host))
    }

    private static func copy(_ path: String, to target: String) throws {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw BackupError("reading \(path): \(String(cString: strerror(errno)))") }
        defer { close(source) }
        try FileSystem.replace(target) { write in
            var piece = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(source, &piece, piece.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw BackupError("reading \(path): \(String(cString: strerror(errno)))") }
                if count == 0 { return }
                try write(Array(piece[..<count]))
            }
        }
    }
}
