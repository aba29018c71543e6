import Orchestration
import SwarmModel
import Synchronization

/// Which tasks each node has, as the leader has written them: what the nodes' sessions send on.
final class TaskBoard: Sendable {
    private struct Inner {
        /// By their nodes' IDs; nil until the leader knows what there is: that nothing is known must not look like nothing to do.
        var tasks: [String: [String: TaskRecord]]?
        var homes: [String: String] = [:]
        var ledger = NetworkLedger()
        var listeners: [Int: (node: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var next = 0
    }

    private let inner = Mutex(Inner())

    /// Begins with these tasks, whatever was there before.
    func replace(_ all: [TaskRecord], peers: [NetworkPeer] = []) {
        let listeners = inner.withLock { inner in
            let old = inner.tasks ?? [:]
            inner.tasks = [:]
            inner.homes = [:]
            // Sessions go on: they are told what is different.
            let former = old.values.flatMap(\.values)
            let (kept, places) = (Set(all.map(\.id)), Set(peers.map { [$0.networkID, $0.nodeID] }))
            for task in former where !kept.contains(task.id) { _ = inner.ledger.remove(task) }
            for peer in inner.ledger.places where !places.contains([peer.networkID, peer.nodeID]) {
                inner.ledger.removePeer(peer.networkID, peer.nodeID)
            }
            for peer in peers { inner.ledger.put(peer) }
            for task in all { _ = Self.put(task, &inner) }
            return Array(inner.listeners.values)
        }
        for listener in listeners { listener.continuation.yield() }
    }

    /// - Parameter changes: those of nodes' places in networks among them.
    func apply(put tasks: [TaskRecord], remove ids: [String], _ changes: some Sequence<Change> = EmptyCollection()) {
        let listeners = inner.withLock { inner in
            var touched: Set<String> = []
            // Who is in a network has to know of everybody who is.
            var networks: Set<String> = []
            for change in changes {
                switch change {
                case .peer(let peer):
                    inner.ledger.put(peer)
                    networks.insert(peer.networkID)
                case .removePeer(let network, let node):
                    inner.ledger.removePeer(network, node)
                    networks.insert(network)
                    touched.insert(node)
                default: break
                }
            }
            for id in ids {
                guard let node = inner.homes.removeValue(forKey: id) else { continue }
                if let task = inner.tasks?[node]?.removeValue(forKey: id) { networks.formUnion(inner.ledger.remove(task)) }
                touched.insert(node)
            }
            for task in tasks {
                networks.formUnion(Self.put(task, &inner))
                if let node = task.nodeID { touched.insert(node) }
            }
            for network in networks { touched.formUnion(inner.ledger.nodes(in: network)) }
            return inner.listeners.values.filter { touched.contains($0.node) }
        }
        for listener in listeners { listener.continuation.yield() }
    }

    /// - Returns: the networks in which others see a difference.
    private static func put(_ task: TaskRecord, _ inner: inout Inner) -> [String] {
        guard let node = task.nodeID else { return [] }
        inner.homes[task.id] = node
        inner.tasks?[node, default: [:]][task.id] = task
        return inner.ledger.put(task)
    }

    /// What a node's data plane is to know besides what it was told.
    ///
    /// - Parameter state: of everything else.
    /// - Returns: nil where it was told too long ago for that to be known.
    func networkChanges(
        of node: String, since cursor: inout NetworkLedger.Cursor, in state: ClusterState
    ) -> NetworkChanges? {
        inner.withLock { inner in
            let tasks = inner.tasks
            inner.ledger.follow(state) { Array((tasks?[$0] ?? [:]).values) }
            return inner.ledger.changes(for: node, since: &cursor, in: state)
        }
    }

    /// Those that were given to a node; nil while that is not known.
    func tasks(of node: String) -> [TaskRecord]? {
        inner.withLock { inner in
            inner.tasks.map { ($0[node] ?? [:]).values.filter { $0.status.state >= .assigned && $0.status.state != .orphaned } }
        }
    }

    /// Nodes of a service's tasks, or of one task.
    func nodes(of source: LogSelection.Source) -> [String: Set<String>] {
        inner.withLock { inner in
            var found: [String: Set<String>] = [:]
            for (node, tasks) in inner.tasks ?? [:] {
                for task in tasks.values where source.includes(task) && task.status.state >= .assigned {
                    found[node, default: []].insert(task.id)
                }
            }
            return found
        }
    }

    /// Tells when the tasks of a node may have changed, now and from now on.
    func changes(of node: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = inner.withLock { inner in
            inner.next += 1
            inner.listeners[inner.next] = (node, continuation)
            return inner.next
        }
        continuation.onTermination = { _ in self.inner.withLock { $0.listeners[key] = nil } }
        continuation.yield()
        return stream
    }
}

extension LogSelection.Source {
    /// Whether the task is one of those whose output is asked for.
    public func includes(_ task: TaskRecord) -> Bool {
        switch self {
        case .service(let id): task.serviceID == id
        case .task(let id): task.id == id
        }
    }
}

extension TaskBoard {
    /// Tells when what a node is to be told may have changed, now and from now on: its tasks, or what else is in its networks.
    func changes(of node: String, and view: ClusterView) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let task = Task(executorPreference: Task.executor) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in self.changes(of: node) { continuation.yield() } }
                group.addTask {
                    var last: UInt64?
                    for await state in view.states() where state.topology != last {
                        last = state.topology
                        continuation.yield()
                    }
                }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
