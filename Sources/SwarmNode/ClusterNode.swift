import DockerAPI
import FoundationEssentials
import Logging
import NIOPosix
import NIOSSL
import SwarmAgent
import SwarmGateway
import SwarmManager
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

/// This node's part in a swarm: whether it has one, and what runs for it.
///
/// A node that is part of a swarm runs an agent, and a manager besides if that is its role. Operations that change what it is (init,
/// join, leave, unlock, a new role) are carried out one at a time; what is asked meanwhile is answered from what there is.
public actor ClusterNode {
    /// What a node is started with.
    public struct Configuration: Sendable {
        /// What must survive a restart of the host, such as `/var/lib/swarmd`.
        public var stateDirectory: String
        /// What need not, such as `/run/swarmd`.
        public var runDirectory: String
        /// The engine's own socket.
        public var engineSocket: String
        /// Where a link to the folder of the node's certificate is made while it is part of a swarm; nil for nowhere.
        public var certificatesLink: String?

        public init(
            stateDirectory: String, runDirectory: String, engineSocket: String = "/run/swarmd/engine.sock",
            certificatesLink: String? = nil
        ) {
            self.stateDirectory = stateDirectory
            self.runDirectory = runDirectory
            self.engineSocket = engineSocket
            self.certificatesLink = certificatesLink
        }
    }

    let files: NodeFiles
    let engineSocket: String
    let folder: CredentialFolder
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let describe: @Sendable () async -> SwarmNode.Description
    let operations = OperationLock()

    var phase = Phase.inactive
    var credentials: NodeCredentials?
    var membership: Membership?
    var manager: ManagerRuntime?
    /// What the key of a locked swarm is, while the node has it.
    var unlockKey: UnlockKey?
    /// Why there is no session with a leader; nil while there is one.
    var trouble: String?
    var agent: Task<Void, Never>?
    /// What encrypted networks prove with who this node is; nil where it could not be kept.
    var tunnelKey: TunnelKey?
    /// Carries out what is assigned to the node.
    var worker: Worker?
    var workerTask: Task<Void, Never>?
    var upkeep: [Task<Void, Never>] = []
    var joining: Task<Void, any Error>?
    /// An attempt to start the manager, which waits for other managers as long as it takes.
    var starting: Task<Void, any Error>?
    /// What the leader said last that this node should be, and the doing of it.
    var orders: NodeOrders?
    var obeying: Task<Void, Never>?
    private var description = SwarmNode.Description()
    private var reportListeners: [Int: AsyncStream<NodeReport>.Continuation] = [:]
    private var eventListeners: [Int: AsyncStream<SwarmEvent>.Continuation] = [:]
    private var nextListener = 0

    /// - Parameter describe: what the node tells of its host and engine; asked now and then.
    public init(
        _ configuration: Configuration, group: MultiThreadedEventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> Timestamp, describe: @escaping @Sendable () async -> SwarmNode.Description
    ) {
        files = NodeFiles(
            stateDirectory: configuration.stateDirectory, runDirectory: configuration.runDirectory,
            credentialsLink: configuration.certificatesLink)
        engineSocket = configuration.engineSocket
        folder = CredentialFolder(path: files.credentials)
        self.group = group
        self.logger = logger
        self.now = now
        self.describe = describe
    }

    /// Takes up what the node was part of, and keeps at it until cancelled.
    public func run() async {
        await operations.with { await self.takeUp() }
        let refreshing = Task(executorPreference: Task.executor) { await self.refreshDescription() }
        let following = Task(executorPreference: Task.executor) { await self.followHost() }
        let stopped = AsyncStream<Void>.makeStream()
        await withTaskCancellationHandler {
            for await _ in stopped.stream {}
        } onCancel: {
            stopped.continuation.finish()
        }
        refreshing.cancel()
        following.cancel()
        joining?.cancel()
        starting?.cancel()
        obeying?.cancel()
        await operations.with { await self.stopAll() }
    }

    private func takeUp() async {
        do {
            guard let membership = try files.membership() else {
                try files.eraseAll()
                return
            }
            try files.eraseBackups(except: membership.backup)
            self.membership = membership
            try noteAddresses()
            if try isLocked(membership) {
                phase = .locked
                return
            }
            try await resume(unlockKey: nil)
        } catch {
            logger.error("the node cannot take up its part in the swarm", metadata: ["error": "\(error)"])
            phase = .failed("\(error)")
        }
    }

    /// Why a node does not go on whose certificate has expired.
    static let expired = "Swarm certificates have expired. To replace them, leave the swarm and join again."

    /// Starts what runs for a node that is part of a swarm already.
    func resume(unlockKey: UnlockKey?) async throws {
        if let membership, let name = membership.backup {
            try takeUp(backup: name, as: membership, unlockKey: unlockKey)
        }
        guard let membership, let credentials = try folder.load(unlockKey: unlockKey) else {
            throw APIError(500, "the node's certificate is missing from \(folder.path): leave the swarm and join it again")
        }
        self.unlockKey = unlockKey
        self.credentials = credentials
        guard credentials.identity.notAfter > Date() else {
            phase = .failed(Self.expired)
            return
        }
        phase = .active
        startAgent()
        if credentials.identity.role == .manager, membership.hasStore {
            upkeep.append(Task(executorPreference: Task.executor) { await self.keepTryingManager() })
        }
    }

    /// A manager that does not come up, for want of its port or of other managers, is tried again.
    func keepTryingManager() async {
        while !Task.isCancelled {
            let starting = Task(executorPreference: Task.executor) {
                try await self.operations.with { try await self.resumeManager(within: .seconds(24 * 3600)) }
            }
            self.starting = starting
            do {
                return try await withTaskCancellationHandler {
                    try await starting.value
                } onCancel: {
                    starting.cancel()
                }
            } catch is CancellationError {
                // Something else goes first: what it leaves decides whether there is a manager to start.
                try? await Task.sleep(for: .milliseconds(100))
            } catch is EtcdProcess.Removed {
                return await rejoinStore(without: nil)
            } catch {
                trouble = "\(error)"
                logger.warning("the manager does not start yet", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    func resumeManager(within limit: Duration) async throws {
        try Task.checkCancellation()
        guard manager == nil, case .active = phase, let credentials, let membership, membership.hasStore,
            let listen = Endpoint(membership.listenAddress), let advertise = Endpoint(membership.advertiseAddress),
            let secrets = try managerSecrets()
        else { return }
        let peer = try fitting(secrets.peer, nodeID: credentials.identity.nodeID, address: advertise.host)
        let parts = ManagerRuntime.Parts(
            credentials: credentials, dataKey: secrets.dataKey, peer: peer, listen: listen, advertise: advertise)
        if let backup = membership.backup { return adopt(try await startRestored(parts, from: backup, within: limit)) }
        // Who else is a member stands in its data.
        adopt(
            try await ManagerRuntime.start(
                parts, files: files, start: .newCluster, within: limit, group: group, logger: logger, now: now))
    }

    /// Takes over a manager that was started.
    func adopt(_ runtime: ManagerRuntime) {
        manager = runtime
        upkeep.append(Task(executorPreference: Task.executor) { await self.follow(runtime) })
        upkeep.append(Task(executorPreference: Task.executor) { await self.watch(runtime) })
        upkeep.append(
            Task(executorPreference: Task.executor) {
                if await runtime.waitUntilRemoved() { await self.rejoinStore(without: runtime) }
            })
        upkeep.append(Task(executorPreference: Task.executor) { await self.keepPeerCertificate(runtime) })
        upkeep.append(Task(executorPreference: Task.executor) { await self.announceAddress(of: runtime) })
        upkeep.append(
            Task(executorPreference: Task.executor) {
                for await change in runtime.changes { await self.publish(change) }
            })
        report()
    }

    /// Follows what the swarm says that concerns this node's files.
    private func follow(_ runtime: ManagerRuntime) async {
        var authority: Cluster.KeyPair?
        for await state in runtime.manager.view.states() {
            guard let cluster = state.cluster else { continue }
            let isNew = cluster.peerAuthority != authority
            authority = cluster.peerAuthority
            await operations.with {
                await self.lock(with: cluster.unlockKey)
                if isNew { await self.keep(cluster.peerAuthority) }
            }
        }
    }

    /// Begins again with a manager that has ended by itself.
    private func watch(_ runtime: ManagerRuntime) async {
        let error = await runtime.end()
        guard !Task.isCancelled, !(error is CancellationError) else { return }
        logger.error("the manager has ended", metadata: ["error": "\(error)"])
        await operations.with {
            await runtime.stop()
            await self.disown(runtime)
        }
        upkeep.append(Task(executorPreference: Task.executor) { await self.keepTryingManager() })
    }

    private func disown(_ runtime: ManagerRuntime) {
        manager = nil
        report()
    }

    /// Ends what runs; what is on disk stays.
    func stopAll() async {
        agent?.cancel()
        obeying?.cancel()
        orders = nil
        for task in upkeep { task.cancel() }
        workerTask?.cancel()
        await workerTask?.value
        (agent, upkeep, workerTask) = (nil, [], nil)
        await manager?.stop()
        manager = nil
    }

    // MARK: Reports

    private func refreshDescription() async {
        while !Task.isCancelled {
            let new = await describe()
            if new != description {
                description = new
                report()
            }
            // An engine that is on its way is asked again soon. Otherwise as often as by Swarm mode's agent: it starts programs each time.
            try? await Task.sleep(for: description.engine == nil ? .seconds(1) : .seconds(20))
        }
    }

    /// What the node told of itself last.
    func lastDescription() async -> SwarmNode.Description {
        description.hostname == nil ? await describeAnew() : description
    }

    /// What the node is now, for those who hear of it for the first time: a machine that was copied while it ran has had another name
    /// until a moment ago.
    func describeAnew() async -> SwarmNode.Description {
        description = await describe()
        return description
    }

    private var currentReport: NodeReport {
        NodeReport(
            of: description, credentials, address: membership?.advertiseAddress ?? "", isServing: manager != nil,
            dataPath: membership?.dataPathAddress ?? "", tunnelKey: tunnelKey)
    }

    /// Tells the leader how the node is now.
    func report() {
        let report = currentReport
        for listener in reportListeners.values { listener.yield(report) }
    }

    func makeReports() async -> AsyncStream<NodeReport> {
        _ = await lastDescription()
        let (stream, continuation) = AsyncStream<NodeReport>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextListener += 1
        let key = nextListener
        reportListeners[key] = continuation
        continuation.onTermination = { _ in Task { await self.dropListener(key) } }
        continuation.yield(currentReport)
        return stream
    }

    private func dropListener(_ key: Int) {
        reportListeners[key] = nil
        eventListeners[key] = nil
    }

    // MARK: Events

    /// What happens from now on: nothing for as long as this node is no manager.
    func makeEvents() -> AsyncStream<SwarmEvent> {
        let (stream, continuation) = AsyncStream<SwarmEvent>.makeStream(bufferingPolicy: .bufferingOldest(1024))
        nextListener += 1
        let key = nextListener
        eventListeners[key] = continuation
        continuation.onTermination = { _ in Task { await self.dropListener(key) } }
        return stream
    }

    private func publish(_ change: SwarmChange) {
        let event = SwarmEvent(
            kind: change.kind.rawValue, action: change.action.rawValue, id: change.id, attributes: change.attributes, time: now())
        for listener in eventListeners.values { listener.yield(event) }
    }
}

extension NodeReport {
    /// What a node is, and what it is in the swarm.
    init(
        of description: SwarmNode.Description, _ credentials: NodeCredentials?, address: String, isServing: Bool,
        dataPath: String, tunnelKey: TunnelKey?
    ) {
        self.init(
            description: description, address: address, isServing: isServing, dataPath: dataPath,
            tunnelKey: tunnelKey?.publicBytes ?? [])
        if let credentials { self.description.tlsInfo = TLSInfo(credentials.identity.issuer, trustRoot: credentials.roots.pem) }
    }
}
