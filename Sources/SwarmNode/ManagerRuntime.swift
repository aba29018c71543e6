import DockerAPI
import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import SwarmManager
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A manager with its store, as it runs on this node.
struct ManagerRuntime: Sendable {
    let manager: Manager
    let identity: ServerIdentity
    let store: SealedStore
    let members: EtcdMembers
    let nodeID: String
    /// Where others reach its management port.
    let advertise: Endpoint
    /// Tells this start of the manager from others.
    let id = UUID()
    /// Each change of the swarm since the manager began; for one listener.
    let changes: AsyncStream<SwarmChange>
    private let process: EtcdProcess
    private let task: Task<Void, any Error>

    /// What a manager is made of.
    struct Parts: Sendable {
        var credentials: NodeCredentials
        var dataKey: DataKey
        var peer: PeerCredentials
        var listen: Endpoint
        var advertise: Endpoint
        /// What tells a new store from others of the same swarm, on the same addresses; nil where the swarm has had none before.
        var storeToken: String?
    }

    /// Starts the store and waits until it answers.
    ///
    /// - Parameter prepare: is called with the store before the manager is there: to put the first objects into it.
    static func start(
        _ parts: Parts, files: NodeFiles, start: EtcdConfiguration.Start, within limit: Duration,
        group: MultiThreadedEventLoopGroup, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        prepare: @Sendable (ClusterStore, StoreStatus) async throws -> Void = { _, _ in }
    ) async throws -> ManagerRuntime {
        for endpoint in [parts.listen, parts.listen.storePeer] { try await requireFree(endpoint, group: group) }
        let paths = try parts.peer.write(to: files)
        let configuration = EtcdConfiguration(
            name: parts.credentials.identity.nodeID, dataDirectory: files.store, socketDirectory: files.storeSocket,
            peerListenURL: "https://\(parts.listen.storePeer)", peerAdvertiseURL: "https://\(parts.advertise.storePeer)",
            peerIdentity: paths, start: start, clusterToken: parts.storeToken ?? parts.credentials.identity.clusterID)
        let process = try EtcdProcess(configuration, group: group, logger: logger)
        do {
            try await process.start()
            try await process.waitUntilReady(within: limit)
            let store = SealedStore(EtcdStore(process.connection), sealing: Seal(key: parts.dataKey))
            let members = EtcdMembers(process.connection)
            try await prepare(ClusterStore(store), try await members.status())
            let leadership = Leadership(
                members: members, store: store, nodeID: parts.credentials.identity.nodeID,
                address: parts.advertise.description, logger: logger)
            let identity = try ServerIdentity(parts.credentials)
            let manager = try Manager(
                nodeID: parts.credentials.identity.nodeID, store: store, members: members, leadership: leadership.states(),
                dataKey: parts.dataKey, identity: identity, listen: parts.listen, group: group, logger: logger, now: now)
            let changes = manager.view.changes()
            let task = Task(executorPreference: Task.executor) { try await manager.run() }
            guard await manager.port != nil else {
                task.cancel()
                throw APIError(500, "listen tcp \(parts.listen): bind: address already in use")
            }
            return ManagerRuntime(
                manager: manager, identity: identity, store: store, members: members,
                nodeID: parts.credentials.identity.nodeID, advertise: parts.advertise, changes: changes, process: process,
                task: task)
        } catch {
            await process.stop(grace: .seconds(1))
            throw error
        }
    }

    /// Says at once what stands in the way of listening there: etcd would try for long.
    private static func requireFree(_ endpoint: Endpoint, group: MultiThreadedEventLoopGroup) async throws {
        // A manager that has just stopped may hold it for a moment yet.
        let end = ContinuousClock.now + .seconds(2)
        while true {
            do {
                let channel = try await ServerBootstrap(group: group)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: endpoint.host, port: endpoint.port).get()
                return try await channel.close()
            } catch let error as IOError where error.errnoCode == EADDRINUSE && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            } catch let error as IOError {
                throw APIError(500, "listen tcp \(endpoint): bind: \(String(cString: strerror(error.errnoCode)).lowercased())")
            }
        }
    }

    /// Waits until the manager knows the swarm as its store has it, so that it can answer for it.
    func waitUntilInformed() async { for await _ in manager.view.states() { return } }

    /// Waits until others take this one's member out of the store.
    ///
    /// - Returns: false when the manager ends first.
    func waitUntilRemoved() async -> Bool {
        for await event in process.events where event == .removed { return true }
        return false
    }

    /// Ends both, whatever the store is doing.
    func stop() async {
        task.cancel()
        _ = await task.result
        await process.stop()
    }

    /// Why the manager has ended by itself; waits until it has.
    func end() async -> any Error {
        switch await task.result {
        case .success: CancellationError()
        case .failure(let error): error
        }
    }
}
