import DockerAPI
import Logging
import NIOCore
import SwarmModel
import SwarmRPC
import SwarmTemplates

/// Carries out what managers assign to this node, with its engine. It goes on without them: what was assigned is on the disk, and
/// containers that run are left alone when swarmd ends, and taken up again when it begins.
public actor Worker {
    /// Where things are.
    public struct Configuration: Sendable {
        public var nodeID: String
        /// The engine's own unix socket.
        public var engineSocket: String
        /// Where tasks survive a restart of the host, such as `/var/lib/swarmd/tasks`.
        public var stateDirectory: String
        /// Where secrets and configs are for as long as a task needs them, in memory, such as `/run/swarmd/tasks`.
        public var runDirectory: String
        /// After which a step that could not be taken is tried again.
        public var pause: Duration = .seconds(1)
        /// For how long nothing new is sent to a task that is in networks before it is stopped.
        public var drain = Patience.ofThisHost.draining
        /// For how long a plain container that is to be in a network waits for it.
        public var attaching: Duration = .seconds(30)

        public init(nodeID: String, engineSocket: String, stateDirectory: String, runDirectory: String) {
            self.nodeID = nodeID
            self.engineSocket = engineSocket
            self.stateDirectory = stateDirectory
            self.runDirectory = runDirectory
        }
    }

    struct Entry {
        var task: TaskRecord
        let runner: TaskRunner
        let running: Task<Void, Never>
    }

    let configuration: Configuration
    let engine: EngineClient
    let store: TaskStore
    let files: TaskFiles
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let networks: any DataPlane
    private let images: ImagePuller
    private let describe: @Sendable () async -> SwarmNode.Description
    private var hasLoaded = false
    private var hasEnded = false
    var entries: [String: Entry] = [:]
    private var data: [TaskData.Key: TaskData] = [:]
    /// What managers have told last in this process.
    var nodeNetworks = NodeNetworks()
    /// Places of plain containers, by their IDs.
    var attachments: [String: Attachment] = [:]
    let attachmentSignals: AsyncStream<Void>
    let attachmentSignal: AsyncStream<Void>.Continuation
    /// Whether a manager has told everything since this process began: what is not in it is nobody's.
    var isComplete = false
    var cleaning: Task<Void, Never>?
    var untold: Set<String> = []
    private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    private var networkListeners: [Int: AsyncStream<Void>.Continuation] = [:]
    private var logListeners: [Int: AsyncStream<String>.Continuation] = [:]
    private var nextListener = 0

    /// - Parameters:
    ///   - networks: makes the networks that tasks are in.
    ///   - describe: what the node tells of itself; templates may refer to it.
    public init(
        _ configuration: Configuration, networks: any DataPlane = NoDataPlane(), group: any EventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> Timestamp,
        describe: @escaping @Sendable () async -> SwarmNode.Description
    ) {
        self.configuration = configuration
        self.networks = networks
        engine = EngineClient(socket: configuration.engineSocket, group: group)
        images = ImagePuller(engine)
        store = TaskStore(path: configuration.stateDirectory, logger: logger)
        files = TaskFiles(path: configuration.runDirectory)
        self.logger = logger
        self.now = now
        self.describe = describe
        (attachmentSignals, attachmentSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes up what was assigned before, and follows the engine until cancelled. Containers are left as they are then.
    public func run() async {
        load()
        let networking = Task(executorPreference: Task.executor) { [networks] in await networks.run() }
        let attaching = Task(executorPreference: Task.executor) { await self.followAttachments() }
        await followEngine()
        for other in [networking, attaching] {
            other.cancel()
            await other.value
        }
        hasEnded = true
        cleaning?.cancel()
        for entry in entries.values {
            await entry.runner.detach()
            entry.running.cancel()
        }
        for entry in entries.values { await entry.running.value }
    }

    private func load() {
        guard !hasLoaded else { return }
        hasLoaded = true
        for task in store.load() {
            if task.isAttachment {
                attachments[task.id] = Attachment(task: task, since: .now, isAssigned: true)
                untold.insert(task.id)
                attachmentSignal.yield()
            } else {
                begin(task, isNew: false)
            }
        }
    }

    // MARK: Assignments

    /// Takes over what managers want of this node: all of it, or what has changed.
    public func take(_ assignments: Assignments) async {
        load()
        guard !hasEnded else { return }
        if assignments.isComplete { data = [:] }
        for item in assignments.data { data[item.key] = item }
        for id in assignments.removedSecrets { data[TaskData.Key(.secret, id)] = nil }
        for id in assignments.removedConfigs { data[TaskData.Key(.config, id)] = nil }
        let isFirst = assignments.isComplete && !isComplete
        if assignments.isComplete { isComplete = true }
        if assignments.isComplete || !assignments.network.isEmpty {
            var told = assignments.isComplete ? NodeNetworks() : nodeNetworks
            told.apply(assignments.network)
            // Before the tasks that are in them, and before anything here counts on it.
            await networks.take(told)
            nodeNetworks = told
            for listener in networkListeners.values { listener.yield() }
        }
        for task in assignments.tasks {
            if task.isAttachment { take(attachment: task) } else { await assign(task) }
        }
        var removed = assignments.removedTasks
        if assignments.isComplete {
            let assigned = Set(assignments.tasks.map(\.id))
            removed = entries.keys.filter { !assigned.contains($0) } + attachments(notIn: assigned)
        }
        for id in removed {
            remove(attachment: id)
            await entries[id]?.runner.remove()
        }
        if !assignments.data.isEmpty || !assignments.network.isEmpty || isFirst {
            for entry in entries.values where entry.task.status.state < .running { await entry.runner.somethingHasCome() }
        }
        if isFirst { removeStrangers() }
    }

    private func assign(_ task: TaskRecord) async {
        guard var entry = entries[task.id] else {
            store.save(task)
            // What has got further than here before is not begun anew.
            return begin(task, isNew: task.status.state <= .assigned)
        }
        guard
            entry.task.desiredState != task.desiredState || entry.task.startsAfter != task.startsAfter
                || entry.task.registryAuth != task.registryAuth
        else { return }
        entry.task.registryAuth = task.registryAuth
        entry.task.desiredState = task.desiredState
        entry.task.startsAfter = task.startsAfter
        entries[task.id] = entry
        store.save(entry.task)
        await entry.runner.update(task)
    }

    private func begin(_ task: TaskRecord, isNew: Bool) {
        let runner = TaskRunner(task, isNew: isNew, surroundings: surroundings())
        untold.insert(task.id)
        entries[task.id] = Entry(
            task: task, runner: runner,
            running: Task(executorPreference: Task.executor) {
                await runner.run()
                guard await !runner.isDetached else { return }
                await self.forget(task.id)
            })
    }

    private func forget(_ taskID: String) {
        entries[taskID] = nil
        untold.remove(taskID)
        store.remove(taskID)
    }

    private func surroundings() -> TaskSurroundings {
        TaskSurroundings(
            engine: engine, images: images, files: files, node: { [weak self] in await self?.facts() ?? Self.unknown },
            data: { [weak self] task in try await self?.data(of: task) }, networks: networks, drain: configuration.drain,
            tell: { [weak self] id, status in await self?.note(id, status) }, now: now, pause: configuration.pause,
            logger: logger)
    }

    private static let unknown = NodeFacts(id: "", hostname: "", architecture: "", system: "")

    private func facts() async -> NodeFacts {
        let description = await describe()
        return NodeFacts(
            id: configuration.nodeID, hostname: description.hostname ?? "",
            architecture: description.platform?.architecture ?? "",
            system: description.platform?.os ?? "")
    }

    /// Nil where some of it is still to come from a manager.
    private func data(of task: TaskRecord) throws -> [TaskData]? {
        var found: [TaskData] = []
        for reference in DataReference.all(of: task) {
            if let item = data[TaskData.Key(reference.kind, reference.id)] {
                found.append(item)
            } else if !isComplete {
                return nil
            }
        }
        return found
    }

    // MARK: Statuses

    private func note(_ taskID: String, _ status: TaskRecord.Status) {
        guard var entry = entries[taskID] else { return }
        entry.task.status = status
        entries[taskID] = entry
        // What comes before can be told from the container.
        if status.state >= .starting { store.save(entry.task) }
        tell(taskID)
        if status.hasRun { for listener in logListeners.values { listener.yield(taskID) } }
    }

    /// There is something new to say of a task.
    func tell(_ taskID: String) {
        untold.insert(taskID)
        for listener in listeners.values { listener.yield() }
    }

    /// Begins anew to tell all there is: for a session with a manager.
    ///
    /// - Returns: says when there is something to fetch with `takeStatuses`.
    public func beginStatuses() -> AsyncStream<Void> {
        untold = Set(entries.keys).union(attachments.keys)
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextListener += 1
        let key = nextListener
        listeners[key] = continuation
        continuation.onTermination = { [weak self] _ in Task { await self?.drop(key) } }
        continuation.yield()
        return stream
    }

    /// What has not been told yet, at most so many.
    public func takeStatuses(_ count: Int) -> [TaskReport] {
        let ids = untold.prefix(count)
        untold.subtract(ids)
        return ids.compactMap { id in
            (entries[id]?.task ?? attachments[id]?.task).map { TaskReport(taskID: id, status: $0.status) }
        }
    }

    /// The tasks that have begun to run, or ended, from now on.
    func followBeginnings() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        nextListener += 1
        let key = nextListener
        logListeners[key] = continuation
        continuation.onTermination = { [weak self] _ in Task { await self?.drop(key) } }
        return stream
    }

    /// Tells when something has changed of this node's networks, for as long as there is time; then it ends.
    func networkNews(until limit: ContinuousClock.Instant) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextListener += 1
        let key = nextListener
        networkListeners[key] = continuation
        let timer = Task {
            try? await Task.sleep(until: limit)
            continuation.finish()
        }
        continuation.onTermination = { [weak self] _ in
            timer.cancel()
            Task { await self?.drop(key) }
        }
        return stream
    }

    private func drop(_ key: Int) {
        listeners[key] = nil
        networkListeners[key] = nil
        logListeners[key] = nil
    }
}
