import FoundationEssentials

/// A value in the store, with where it stands in the store's history.
public struct StoreEntry: Sendable, Equatable {
    /// Where it is, such as `nodes/<id>`.
    public var key: String
    /// What is there.
    public var value: Data
    /// The revision at which the key came into being; another one after it was deleted and put again.
    public var createRevision: UInt64
    /// The revision of the newest change. It serves as `Version.Index` of the API's objects.
    public var modRevision: UInt64

    /// An entry made of its parts.
    public init(key: String, value: Data, createRevision: UInt64, modRevision: UInt64) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
    }
}

/// Entries as they are at one revision.
public struct StoreSnapshot: Sendable, Equatable {
    /// In order of their keys' bytes.
    public var entries: [StoreEntry]
    /// The store's revision at that moment: a watch after it continues where this ends.
    public var revision: UInt64

    /// A snapshot made of its parts.
    public init(entries: [StoreEntry], revision: UInt64) {
        self.entries = entries
        self.revision = revision
    }
}
