import FoundationEssentials
import SwarmModel

/// How values are made unreadable for whoever sees the store's disk, its snapshots or its traffic.
public protocol ValueSealing: Sendable {
    /// Seals `value` for `key`: opened under another key it must be refused, so that values cannot be exchanged.
    func seal(_ value: Data, key: String) throws -> Data
    /// The value that was sealed for `key`.
    func open(_ sealed: Data, key: String) throws -> Data
}

/// A store whose values are sealed before they leave this process. Keys are not.
public struct SealedStore: Store {
    private let base: any Store
    private let sealing: any ValueSealing

    /// Seals what goes into `base` and opens what comes out of it.
    public init(_ base: any Store, sealing: any ValueSealing) {
        self.base = base
        self.sealing = sealing
    }

    /// See `Store`; throws what opening throws, too.
    public func read(prefix: String, within limit: Duration) async throws -> StoreSnapshot {
        var snapshot = try await base.read(prefix: prefix, within: limit)
        snapshot.entries = try snapshot.entries.map(open)
        return snapshot
    }

    /// See `Store`; throws what opening throws, too.
    public func read(key: String, within limit: Duration) async throws -> StoreEntry? {
        try await base.read(key: key, within: limit).map(open)
    }

    /// See `Store`.
    public func revision(within limit: Duration) async throws -> UInt64 { try await base.revision(within: limit) }

    /// See `Store`; throws what sealing throws, too.
    @discardableResult
    public func commit(_ transaction: Transaction, within limit: Duration) async throws -> UInt64 {
        var sealed = transaction
        sealed.operations = try transaction.operations.map { operation in
            guard case .put(let key, let value) = operation else { return operation }
            return .put(key: key, value: try sealing.seal(value, key: key))
        }
        return try await base.commit(sealed, within: limit)
    }

    /// See `Store`; ends with what opening throws, too.
    public func watch(prefix: String, after revision: UInt64) -> AsyncThrowingStream<WatchBatch, any Error> {
        let (stream, continuation) = AsyncThrowingStream<WatchBatch, any Error>.makeStream()
        let task = Task(executorPreference: Task.executor) {
            do {
                for try await batch in base.watch(prefix: prefix, after: revision) {
                    continuation.yield(try open(batch))
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    private func open(_ entry: StoreEntry) throws -> StoreEntry {
        var opened = entry
        opened.value = try sealing.open(entry.value, key: entry.key)
        return opened
    }

    private func open(_ batch: WatchBatch) throws -> WatchBatch {
        var opened = batch
        opened.changes = try batch.changes.map { change in
            guard case .put(let entry) = change else { return change }
            return .put(try open(entry))
        }
        return opened
    }
}
