import SwarmModel
import Synchronization

/// Which tasks each node has, as the leader has written them: what the nodes' sessions send on.
final class TaskBoard: Sendable {
    private struct Inner {
        /// By their nodes' IDs; nil until the leader knows what there is: that nothing is known must not look like nothing to do.
        var tasks: [String: [String: TaskRecord]]?
        var homes: [String: String] = [:]
        var listeners: [Int: (node: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var next = 0
    }

    private let inner = Mutex(Inner())

    /// Begins with these tasks, whatever was there before.
    func replace(_ all: some Sequence<TaskRecord>) {
        let listeners = inner.withLock { inner in
            inner.tasks = [:]
            inner.homes = [:]
            for task in all { Self.put(task, &inner) }
            return Array(inner.listeners.values)
        }
        for listener in listeners { listener.continuation.yield() }
    }

    func apply(put tasks: [TaskRecord], remove ids: [String]) {
        let listeners = inner.withLock { inner in
            var touched: Set<String> = []
            for id in ids {
                guard let node = inner.homes.removeValue(forKey: id) else { continue }
                inner.tasks?[node]?[id] = nil
                touched.insert(node)
            }
            for task in tasks {
                Self.put(task, &inner)
                if let node = task.nodeID { touched.insert(node) }
            }
            return inner.listeners.values.filter { touched.contains($0.node) }
        }
        for listener in listeners { listener.continuation.yield() }
    }

    private static func put(_ task: TaskRecord, _ inner: inout Inner) {
        guard let node = task.nodeID else { return }
        inner.homes[task.id] = node
        inner.tasks?[node, default: [:]][task.id] = task
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
