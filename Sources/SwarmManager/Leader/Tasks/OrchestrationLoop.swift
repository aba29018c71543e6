import DockerAPI
import FoundationEssentials
import Logging
import Orchestration
import SwarmModel
import SwarmRPC
import SwarmStore
import Synchronization

/// Carries out what the orchestration decides, for as long as this manager leads: what is reported and what follows from it is
/// written in one transaction, and only then told to the nodes.
final class OrchestrationLoop: Sendable {
    private struct Inbox {
        var state: ClusterState?
        var reports: [(node: String, report: TaskReport)] = []
        var requests: [LoopRequest] = []
    }

    let board = TaskBoard()
    private let fence: Fence
    private let store: any Store
    private let view: ClusterView
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let inbox = Mutex(Inbox())
    /// Whether nobody answers any more.
    private let isOver = Mutex(false)
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(fence: Fence, store: any Store, view: ClusterView, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.fence = fence
        self.store = store
        self.view = view
        self.now = now
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What a node says of its tasks.
    func reported(_ reports: [TaskReport], by node: String) {
        inbox.withLock { $0.reports += reports.map { (node, $0) } }
        signal.yield()
    }

    /// Gives a container of a node its place in a network. Once this returns, that is written.
    ///
    /// - Throws: why it gets none; `NotLeader` where this manager leads no more.
    func attach(_ request: AttachmentRequest) async throws -> TaskRecord {
        guard let task = try await ask(.attach(request)) else { throw NotLeader(leader: nil) }
        return task
    }

    /// Takes back the place of a node's container, or all of them. Once this returns, that is written.
    func detach(_ id: String?, from node: String) async throws { _ = try await ask(.detach(id, node: node)) }

    private func ask(_ kind: LoopRequest.Kind) async throws -> TaskRecord? {
        try await withCheckedThrowingContinuation { continuation in
            let request = LoopRequest(kind, continuation)
            let isTaken = isOver.withLock { isOver in
                if !isOver { inbox.withLock { $0.requests.append(request) } }
                return !isOver
            }
            if isTaken { signal.yield() } else { request.answer(.failure(NotLeader(leader: nil))) }
        }
    }

    /// - Throws: when this manager leads no more.
    func run() async throws {
        defer { refuseRest() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await state in self.view.states() {
                    self.inbox.withLock { $0.state = state }
                    self.signal.yield()
                }
            }
            group.addTask { try await self.work() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func refuseRest() {
        isOver.withLock { $0 = true }
        let rest = inbox.withLock { inbox in
            defer { inbox.requests = [] }
            return inbox.requests
        }
        for request in rest { request.answer(.failure(NotLeader(leader: nil))) }
    }

    private func work() async throws {
        // So are requests: what was not answered is carried out again.
        var unanswered: [LoopRequest] = []
        defer { inbox.withLock { $0.requests += unanswered } }
        // What is reported counts until it is written, also where everything is to be read anew in between.
        var unwritten: [(node: String, report: TaskReport)] = []
        while !Task.isCancelled {
            do {
                var workload = try await takeUp()
                try await follow(&workload, &unwritten, &unanswered)
            } catch let conflict as StoreConflict where !conflict.isFencedOff {
                logger.debug("somebody else has changed a service", metadata: ["conflict": "\(conflict)"])
            } catch let error as StoreError {
                logger.warning("orchestration waits for its store", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// Begins with what the store has.
    private func takeUp() async throws -> Workload {
        let snapshot = try await store.read(prefix: StoreKey.tasks)
        let tasks = snapshot.entries.compactMap { entry in
            do { return try ClusterStore.decode(entry) as TaskRecord } catch {
                logger.error("a task in the store cannot be read", metadata: ["key": "\(entry.key)", "error": "\(error)"])
                return nil
            }
        }
        // Services must not be older than their tasks: one that has gone with its last task would come back.
        for await state in view.states() where state.revision >= snapshot.revision {
            board.replace(tasks, peers: state.peers.values.map(\.value))
            return Workload(state, tasks: tasks, now: now()) {
                var generator = SystemRandomNumberGenerator()
                return Identifier.make(using: &generator)
            }
        }
        throw CancellationError()
    }

    private func follow(
        _ workload: inout Workload, _ unwritten: inout [(node: String, report: TaskReport)], _ unanswered: inout [LoopRequest]
    ) async throws {
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        signal.yield()
        for await _ in signals {
            let news = inbox.withLock { inbox in
                defer { inbox = Inbox() }
                return inbox
            }
            if let state = news.state { workload.follow(state) }
            unwritten += news.reports
            for (node, report) in unwritten { workload.take(report, from: node, now: now()) }
            unanswered += news.requests
            let answers = unanswered.map { request in Result { try carryOut(request, &workload) } }
            try await write(workload.changes(now: now()), &workload)
            unwritten = []
            unanswered = answer(unanswered, answers)
            alarm?.cancel()
            guard let wake = workload.wake else { continue }
            // In short steps, because the clock may be set.
            let delay = Duration.nanoseconds(max(0, min(wake.nanoseconds - now().nanoseconds, 60_000_000_000)))
            alarm = Task { [signal] in
                try? await Task.sleep(for: delay)
                if !Task.isCancelled { signal.yield() }
            }
        }
    }

    /// - Returns: what the answer is once everything is written; nil where there is none yet.
    private func carryOut(_ request: LoopRequest, _ workload: inout Workload) throws -> TaskRecord?? {
        switch request.kind {
        case .attach(let attachment): return try workload.attach(attachment, now: now()).map { .some($0) }
        case .detach(let id, let node):
            workload.detach(id, from: node)
            return .some(nil)
        }
    }

    /// - Returns: the requests that wait on.
    private func answer(_ requests: [LoopRequest], _ answers: [Result<TaskRecord??, any Error>]) -> [LoopRequest] {
        zip(requests, answers).compactMap { request, answer in
            switch answer {
            case .success(.some(let task)): request.answer(.success(task))
            case .success(nil): return request
            case .failure(let error): request.answer(.failure(error))
            }
            return nil
        }
    }

    /// The most changes of one transaction: etcd takes 4 MiB, and the others of the store are to have their turn.
    private static let batch = 256

    private func write(_ changes: [Change], _ workload: inout Workload) async throws {
        var rest = changes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.batch)
            rest = rest.dropFirst(Self.batch)
            var transaction = Transaction()
            var put: [TaskRecord] = []
            var removed: [String] = []
            var entered: Set<String> = []
            for change in part {
                switch change {
                case .create(let task), .update(let task):
                    try transaction.put(task)
                    put.append(task)
                    if task.isAttachment, case .create = change { entered.formUnion(task.networks.map(\.networkID)) }
                case .deleteTask(let id):
                    transaction.delete(StoreKey.task(id))
                    removed.append(id)
                case .service(let service):
                    transaction.require(StoreKey.service(service.id), modRevision: workload.services[service.id] ?? 0)
                    try transaction.put(service)
                case .deleteService(let id):
                    transaction.require(StoreKey.service(id), modRevision: workload.services[id] ?? 0)
                    transaction.delete(StoreKey.service(id))
                case .peer(let peer): try transaction.put(peer)
                case .removePeer(let network, let node): transaction.delete(StoreKey.peer(network, node))
                }
            }
            if !entered.isEmpty {
                // Nobody removes a network at the same moment.
                for network in entered { transaction.require(present: StoreKey.network(network)) }
                transaction.put(StoreKey.networkReferences, Data(entered.sorted().joined(separator: " ").utf8))
            }
            let revision = try await store.commit(transaction.fenced(by: fence))
            workload.wrote(part, revision: revision)
            board.apply(put: put, remove: removed, part)
        }
    }
}
