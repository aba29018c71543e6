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
    /// What changes of several objects at once are guarded by, by its keys: see `StoreKey.portAllocations` and those after it.
    var allocations: [String: StoreEntry] = [:]
    /// The store's revision of the newest change in it.
    public var revision: UInt64 = 0
    /// Counts the changes of networks and what is in them, tasks aside.
    public var topology: UInt64 = 0

    /// The services that nobody has removed, in order of their IDs.
    var livingServices: [Versioned<Service>] { services.inOrder.filter { !$0.value.isRemoved } }

    /// All secrets, or all configs, in order of their IDs.
    func data(_ kind: TaskData.Kind) -> [Versioned<TaskData>] {
        switch kind {
        case .secret: secrets.inOrder
        case .config: configs.inOrder
        }
    }

    /// The nodes that are in a network, in order of their IDs.
    func peers(of network: String) -> [NetworkPeer] { peers.inOrder.map(\.value).filter { $0.networkID == network } }

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
        case StoreKey.allocations:
            if case .put(let entry) = change { allocations[entry.key] = entry } else { allocations[change.key] = nil }
        case StoreKey.removed:
            if case .put = change { removed.insert(id) } else { removed.remove(id) }
        default: break
        }
    }
}

extension Dictionary where Key == String {
    /// The values, in order of their keys.
    var inOrder: [Value] { sorted { $0.key < $1.key }.map(\.value) }
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

    /// How long the copy may take to come as far as the store.
    private static let patience: Duration = .milliseconds(200)

    /// The swarm as the store has it now, and its tasks as they are there. The store is asked only how far it is: the copy has come
    /// there a moment later, and costs nothing. Where it has not, all of the store is read.
    ///
    /// - Returns: the tasks' entries by their keys.
    /// - Throws: what the store refuses, as the API's errors.
    func present() async throws -> (state: ClusterState, tasks: [String: StoreEntry]) {
        do {
            if let copy = await copy(at: try await store.revision()) { return copy }
            let snapshot = try await store.read(prefix: "")
            let tasks = snapshot.entries.lazy.filter { $0.key.hasPrefix(StoreKey.tasks) }.map { ($0.key, $0) }
            return (state(of: snapshot), Dictionary(uniqueKeysWithValues: tasks))
        } catch let error as StoreError {
            throw APIError(error)
        }
    }

    /// The copy as soon as it is as new as a revision of the store; nil where there is none, or it does not come there soon.
    private func copy(at revision: UInt64) async -> (state: ClusterState, tasks: [String: StoreEntry])? {
        func copy() -> (ClusterState, [String: StoreEntry])? { inner.withLock { $0.isComplete ? ($0.state, $0.tasks) : nil } }
        guard let state = current else { return nil }
        if state.revision >= revision { return copy() }
        let isThere = await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                for await state in self.states() where state.revision >= revision { return true }
                return false
            }
            tasks.addTask {
                try? await Task.sleep(for: Self.patience)
                return false
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? false
        }
        return isThere ? copy() : nil
    }

    /// Follows the store until the task is cancelled or the store closed.
    public func run() async throws {
        defer { finish() }
        for try await observation in store.observe(prefix: "") {
            let old = inner.withLock { $0.state }
            switch observation {
            case .snapshot(let snapshot):
                var state = state(of: snapshot)
                // All of it may be another's now.
                state.topology = old.topology + 1
                publish(state, snapshot.entries.map(StoreChange.put), isAll: true)
            case .batch(let batch):
                var state = old
                for change in batch.changes { apply(change, to: &state) }
                state.revision = batch.revision
                publish(state, batch.changes)
            }
        }
    }

    private func state(of snapshot: StoreSnapshot) -> ClusterState {
        var state = ClusterState()
        for entry in snapshot.entries { apply(.put(entry), to: &state) }
        state.revision = snapshot.revision
        return state
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
