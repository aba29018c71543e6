import DockerAPI
import FoundationEssentials
import Logging
import SwarmModel
import SwarmStore
import Synchronization

/// What is known of the swarm on this manager: a copy of the store's objects that follows it. Tasks are not among them: there may be
/// many, and they change far more often than the rest.
public struct ClusterState: Sendable {
    public var cluster: Cluster?
    public var nodes: [String: Versioned<Node>] = [:]
    public var removed: Set<String> = []
    public var services: [String: Versioned<Service>] = [:]
    public var secrets: [String: Versioned<TaskData>] = [:]
    public var configs: [String: Versioned<TaskData>] = [:]
    public var networks: [String: Versioned<Network>] = [:]
    /// Nodes' own addresses in networks, by what follows `StoreKey.peers`.
    public var peers: [String: Versioned<NetworkPeer>] = [:]
    /// Who leads, or was the last to.
    public var leader: Leader?
    /// The store's revision of the newest change in it.
    public var revision: UInt64 = 0
    /// Counts the changes of networks and what is in them, tasks aside.
    public var topology: UInt64 = 0

    /// The managers among the nodes, in order of their IDs.
    public var managers: [Node] {
        nodes.values.map(\.value).filter { $0.manager != nil }.sorted { $0.id < $1.id }
    }

    mutating func apply(_ change: StoreChange) throws {
        switch change.key {
        case StoreKey.cluster: if case .put(let entry) = change { cluster = try ClusterStore.decode(entry) }
        case Leader.key: if case .put(let entry) = change { leader = try ClusterStore.decode(entry) }
        default: try applyToCollections(change)
        }
    }

    private mutating func applyToCollections(_ change: StoreChange) throws {
        guard let slash = change.key.firstIndex(of: "/") else { return }
        let id = String(change.key[change.key.index(after: slash)...])
        func value<Value: Decodable>() throws -> Versioned<Value>? {
            guard case .put(let entry) = change else { return nil }
            return Versioned(try ClusterStore.decode(entry), version: entry.modRevision)
        }
        switch change.key[...slash] {
        case StoreKey.nodes, StoreKey.services, StoreKey.networks: topology += 1
        default: break
        }
        switch change.key[...slash] {
        case StoreKey.nodes: nodes[id] = try value()
        case StoreKey.services: services[id] = try value()
        case StoreKey.all(.secret): secrets[id] = try value()
        case StoreKey.all(.config): configs[id] = try value()
        case StoreKey.networks: networks[id] = try value()
        case StoreKey.peers: peers[id] = try value()
        case StoreKey.removed:
            if case .put = change { removed.insert(id) } else { removed.remove(id) }
        default: break
        }
    }
}

/// Keeps a `ClusterState` up to date and tells who asks.
public final class ClusterView: Sendable {
    private struct Inner {
        var state = ClusterState()
        /// Tasks as they are in the store, by their keys: only those that somebody asks for are decoded.
        var tasks: [String: StoreEntry] = [:]
        var isComplete = false
        var watchers: [Int: AsyncStream<ClusterState>.Continuation] = [:]
        var listeners: [Int: AsyncStream<SwarmChange>.Continuation] = [:]
        var next = 0
    }

    private let store: any Store
    private let logger: Logger
    private let inner = Mutex(Inner())

    public init(_ store: any Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// What is known now; nil before the first complete copy.
    public var current: ClusterState? { inner.withLock { $0.isComplete ? $0.state : nil } }

    /// What is known as soon as that is as new as a revision of the store.
    ///
    /// - Returns: nil where it does not come so far within the limit.
    func state(at revision: UInt64, within limit: Duration) async -> ClusterState? {
        if let current, current.revision >= revision { return current }
        return await withTaskGroup(of: ClusterState?.self) { tasks in
            tasks.addTask {
                for await state in self.states() where state.revision >= revision { return state }
                return nil
            }
            tasks.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? nil
        }
    }

    /// What is known, with tasks as they are in the store, as soon as that is as new as a revision of the store.
    ///
    /// - Returns: the tasks in order of their IDs; nil where it does not come so far within the limit.
    func tasks(at revision: UInt64, within limit: Duration) async -> (state: ClusterState, tasks: [StoreEntry])? {
        guard await state(at: revision, within: limit) != nil else { return nil }
        let (state, tasks) = inner.withLock { ($0.isComplete ? $0.state : nil, $0.tasks) }
        return state.map { ($0, tasks.values.sorted { $0.key < $1.key }) }
    }

    /// Follows the store until the task is cancelled or the store closed.
    public func run() async throws {
        defer { finish() }
        for try await observation in store.observe(prefix: "") {
            var state = inner.withLock { $0.state }
            switch observation {
            case .snapshot(let snapshot):
                let topology = state.topology
                state = ClusterState()
                // All of it may be another's now.
                state.topology = topology + 1
                for entry in snapshot.entries { apply(.put(entry), to: &state) }
                state.revision = snapshot.revision
                publish(state, snapshot.entries.map(StoreChange.put), isAll: true)
            case .batch(let batch):
                for change in batch.changes { apply(change, to: &state) }
                state.revision = batch.revision
                publish(state, batch.changes)
            }
        }
    }

    private func apply(_ change: StoreChange, to state: inout ClusterState) {
        do {
            try state.apply(change)
        } catch {
            // Written by a later version, or damaged: the rest of the swarm must go on.
            logger.error("an object in the store cannot be read", metadata: ["key": "\(change.key)", "error": "\(error)"])
        }
    }

    /// - Parameters:
    ///   - changes: what has led there.
    ///   - isAll: whether they tell of everything that is there.
    private func publish(_ state: ClusterState, _ changes: [StoreChange], isAll: Bool = false) {
        inner.withLock { inner in
            if isAll { inner.tasks = [:] }
            for change in changes where change.key.hasPrefix(StoreKey.tasks) {
                if case .put(let entry) = change { inner.tasks[entry.key] = entry } else { inner.tasks[change.key] = nil }
            }
            let old = inner.isComplete ? inner.state : nil
            inner.state = state
            inner.isComplete = true
            for watcher in inner.watchers.values { watcher.yield(state) }
            if let old, !inner.listeners.isEmpty {
                for change in SwarmChange.between(old, state) {
                    for listener in inner.listeners.values { listener.yield(change) }
                }
            }
        }
    }

    private func finish() {
        let (watchers, listeners) = inner.withLock { inner in
            defer { (inner.watchers, inner.listeners, inner.isComplete, inner.tasks) = ([:], [:], false, [:]) }
            return (inner.watchers.values, inner.listeners.values)
        }
        // Outside of the lock: who is ended takes itself off the list.
        for watcher in watchers { watcher.finish() }
        for listener in listeners { listener.finish() }
    }

    /// The state now, if it is complete, and whenever it has changed; states that come too fast are left out.
    public func states() -> AsyncStream<ClusterState> {
        let (stream, continuation) = AsyncStream<ClusterState>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = inner.withLock { inner in
            inner.next += 1
            inner.watchers[inner.next] = continuation
            if inner.isComplete { continuation.yield(inner.state) }
            return inner.next
        }
        continuation.onTermination = { _ in self.inner.withLock { $0.watchers[key] = nil } }
        return stream
    }

    /// Each change from now on.
    public func changes() -> AsyncStream<SwarmChange> {
        let (stream, continuation) = AsyncStream<SwarmChange>.makeStream(bufferingPolicy: .bufferingOldest(1024))
        let key = inner.withLock { inner in
            inner.next += 1
            inner.listeners[inner.next] = continuation
            return inner.next
        }
        continuation.onTermination = { _ in self.inner.withLock { $0.listeners[key] = nil } }
        return stream
    }
}
