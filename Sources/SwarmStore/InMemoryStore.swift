import FoundationEssentials
import Synchronization

/// A store in this process's memory, for tests and simulations. It keeps the same contract as `EtcdStore`, and what it does
/// depends only on the order of the calls: nothing waits and nothing runs by itself.
public final class InMemoryStore: Store {
    fileprivate struct Watcher {
        let prefix: String
        let continuation: AsyncThrowingStream<WatchBatch, any Error>.Continuation
    }

    fileprivate struct State {
        var revision: UInt64 = 1
        /// Everything up to this revision can no longer be watched.
        var compacted: UInt64 = 0
        var entries: [StoreKey: StoreEntry] = [:]
        var history: [WatchBatch] = []
        var watchers: [UInt64: Watcher] = [:]
        var nextWatcher: UInt64 = 0
        var closed = false
        var failure: StoreError?

        func check() throws(StoreError) {
            if closed { throw .closed }
            if let failure { throw failure }
        }
    }

    private let state = Mutex(State())
    private let historyLimit: Int

    /// A store that keeps the newest `historyLimit` changes for watches.
    ///
    /// - Parameter values: what is in it from the beginning, by keys; otherwise it is empty.
    public init(historyLimit: Int = 100_000, values: [String: Data] = [:]) {
        self.historyLimit = max(1, historyLimit)
        state.withLock { state in
            for (key, value) in values {
                state.entries[StoreKey(key)] = StoreEntry(key: key, value: value, createRevision: 1, modRevision: 1)
            }
        }
    }

    /// See `Store`.
    public func read(prefix: String, within limit: Duration) async throws -> StoreSnapshot {
        try state.withLock { state in
            try state.check()
            let entries = state.entries.filter { $0.key.begins(with: prefix) }.sorted { $0.key < $1.key }
            return StoreSnapshot(entries: entries.map(\.value), revision: state.revision)
        }
    }

    /// See `Store`.
    public func read(key: String, within limit: Duration) async throws -> StoreEntry? {
        try state.withLock { state in
            try state.check()
            return state.entries[StoreKey(key)]
        }
    }

    /// See `Store`.
    public func revision(within limit: Duration) async throws -> UInt64 {
        try state.withLock { state in
            try state.check()
            return state.revision
        }
    }

    /// See `Store`.
    @discardableResult
    public func commit(_ transaction: Transaction, within limit: Duration) async throws -> UInt64 {
        try transaction.validate()
        return try state.withLock { state in
            try state.check()
            for condition in transaction.conditions {
                let found = state.entries[StoreKey(condition.key)]?.modRevision
                guard condition.holds(at: found) else { throw StoreConflict(condition: condition, modRevision: found) }
            }
            let next = state.revision + 1
            let changes = transaction.operations.flatMap { state.apply($0, at: next) }
            guard !changes.isEmpty else { return state.revision }
            state.revision = next
            let batch = WatchBatch(revision: next, changes: changes)
            state.history.append(batch)
            if state.history.count > 2 * historyLimit {
                state.compact(to: state.history[state.history.count - historyLimit - 1].revision)
            }
            // Under the lock, so that watchers see changes in their order.
            for watcher in state.watchers.values {
                if let part = batch.limited(to: watcher.prefix) { watcher.continuation.yield(part) }
            }
            return next
        }
    }

    /// See `Store`.
    public func watch(prefix: String, after revision: UInt64) -> AsyncThrowingStream<WatchBatch, any Error> {
        let (stream, continuation) = AsyncThrowingStream<WatchBatch, any Error>.makeStream()
        let end: StoreError? = state.withLock { state in
            if state.closed { return .closed }
            if revision < state.compacted { return .compacted(oldest: state.compacted + 1) }
            for batch in state.history where batch.revision > revision {
                if let part = batch.limited(to: prefix) { continuation.yield(part) }
            }
            let id = state.nextWatcher
            state.nextWatcher += 1
            state.watchers[id] = Watcher(prefix: prefix, continuation: continuation)
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
            }
            return nil
        }
        if let end { continuation.finish(throwing: end) }
        return stream
    }

    /// Forgets the changes up to and including `revision`: a watch after an older one ends with `StoreError.compacted`.
    public func compact(to revision: UInt64) {
        state.withLock { $0.compact(to: revision) }
    }

    /// From now on every read and commit throws `failure`; nil makes the store work again. Watches are silent meanwhile anyway.
    public func fail(with failure: StoreError?) {
        state.withLock { $0.failure = failure }
    }

    /// Ends all watches; every later request throws `StoreError.closed`.
    public func close() {
        let watchers = state.withLock { state in
            state.closed = true
            defer { state.watchers = [:] }
            return Array(state.watchers.values)
        }
        // Not under the lock: to end a watch takes the lock again.
        for watcher in watchers { watcher.continuation.finish(throwing: StoreError.closed) }
    }
}

extension InMemoryStore.State {
    fileprivate mutating func apply(_ operation: Transaction.Operation, at revision: UInt64) -> [StoreChange] {
        switch operation {
        case .put(let key, let value):
            let created = entries[StoreKey(key)]?.createRevision ?? revision
            let entry = StoreEntry(key: key, value: value, createRevision: created, modRevision: revision)
            entries[StoreKey(key)] = entry
            return [.put(entry)]
        case .delete(let key):
            return entries.removeValue(forKey: StoreKey(key)) == nil ? [] : [.delete(key: key)]
        case .deletePrefix(let prefix):
            let keys = entries.keys.filter { $0.begins(with: prefix) }.sorted()
            for key in keys { entries.removeValue(forKey: key) }
            return keys.map { .delete(key: $0.text) }
        }
    }

    fileprivate mutating func compact(to revision: UInt64) {
        compacted = max(compacted, min(revision, self.revision))
        history.removeAll { $0.revision <= compacted }
    }
}

extension WatchBatch {
    fileprivate func limited(to prefix: String) -> WatchBatch? {
        let part = changes.filter { $0.key.utf8.starts(with: prefix.utf8) }
        return part.isEmpty ? nil : WatchBatch(revision: revision, changes: part)
    }
}
