/// What became of one key.
public enum StoreChange: Sendable, Equatable {
    /// It was put, whether or not it was there before.
    case put(StoreEntry)
    /// It was deleted.
    case delete(key: String)

    /// The key that changed.
    public var key: String {
        switch self {
        case .put(let entry): entry.key
        case .delete(let key): key
        }
    }
}

/// What one transaction changed among the keys that are watched: all of it, never a part.
public struct WatchBatch: Sendable, Equatable {
    /// The revision of the change.
    public var revision: UInt64
    /// In the order of the transaction's operations; at least one.
    public var changes: [StoreChange]

    /// A batch made of its parts.
    public init(revision: UInt64, changes: [StoreChange]) {
        self.revision = revision
        self.changes = changes
    }
}

/// What an observer of a prefix is told.
public enum Observation: Sendable, Equatable {
    /// Everything that is there now; whatever was known before is void. Comes first, and again if the observer fell so far behind
    /// that the store no longer has the changes it missed.
    case snapshot(StoreSnapshot)
    /// What changed since what was told last.
    case batch(WatchBatch)
}
