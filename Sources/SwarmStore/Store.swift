import SwarmModel

/// The swarm's state: entries under string keys such as `nodes/<id>`, with revisions, transactions and watches.
///
/// Every change of the store has a revision, one higher than the change before it. Revisions are never used twice, and an empty
/// store has revision 1. What `read` and `revision` answer and `commit` acknowledges is linearizable: it holds wherever it is asked afterwards.
///
/// Every request takes a time limit. Errors are `StoreError`, and `StoreConflict` where a condition of a transaction does not
/// hold; a cancelled task gets `CancellationError`.
public protocol Store: Sendable {
    /// All entries whose keys begin with `prefix`, in order of their keys, as they are at one revision.
    func read(prefix: String, within limit: Duration) async throws -> StoreSnapshot

    /// The entry under `key`, if there is one.
    func read(key: String, within limit: Duration) async throws -> StoreEntry?

    /// The store's revision: that of its newest change, wherever that was made.
    func revision(within limit: Duration) async throws -> UInt64

    /// Carries out all of `transaction`, or nothing of it.
    ///
    /// - Returns: The revision of the change. A transaction that changes nothing has the store's present revision.
    /// - Throws: `StoreConflict` if a condition does not hold. After `StoreError.timedOut` and `.unavailable` the transaction may
    ///   or may not have been carried out.
    @discardableResult
    func commit(_ transaction: Transaction, within limit: Duration) async throws -> UInt64

    /// The changes of entries whose keys begin with `prefix`, from the one after `revision` on: in order, none left out, none
    /// twice. It goes on until its task is cancelled, the store is closed, or `StoreError.compacted` says that the store no
    /// longer knows all the changes after `revision`.
    func watch(prefix: String, after revision: UInt64) -> AsyncThrowingStream<WatchBatch, any Error>
}

/// What a request may take unless it is told otherwise.
public let defaultStoreLimit = Patience.ofThisHost.request

extension Store {
    /// `read(prefix:within:)` with the usual limit.
    public func read(prefix: String) async throws -> StoreSnapshot {
        try await read(prefix: prefix, within: defaultStoreLimit)
    }

    /// `read(key:within:)` with the usual limit.
    public func read(key: String) async throws -> StoreEntry? {
        try await read(key: key, within: defaultStoreLimit)
    }

    /// `revision(within:)` with the usual limit.
    public func revision() async throws -> UInt64 {
        try await revision(within: defaultStoreLimit)
    }

    /// `commit(_:within:)` with the usual limit.
    @discardableResult
    public func commit(_ transaction: Transaction) async throws -> UInt64 {
        try await commit(transaction, within: defaultStoreLimit)
    }
}
