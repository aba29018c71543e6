import FoundationEssentials

/// Changes to the store that happen together, if all conditions hold, or not at all.
public struct Transaction: Sendable, Equatable {
    /// What must be so at the moment of the change.
    public enum Condition: Sendable, Equatable {
        /// There is no such key.
        case absent(key: String)
        /// There is such a key.
        case present(key: String)
        /// There is such a key, and its newest change has this revision.
        case modRevision(key: String, is: UInt64)

        /// The key that it speaks of.
        public var key: String {
            switch self {
            case .absent(let key), .present(let key), .modRevision(let key, _): key
            }
        }

        /// Whether it holds where the key's newest change has `revision`; nil where the key is absent.
        func holds(at revision: UInt64?) -> Bool {
            switch self {
            case .absent: revision == nil
            case .present: revision != nil
            case .modRevision(_, let wanted): revision == wanted
            }
        }
    }

    /// One change. No key may be put twice in one transaction, or put and deleted.
    public enum Operation: Sendable, Equatable {
        /// Puts the value under the key, whether or not it is there.
        case put(key: String, value: Data)
        /// Deletes the key; nothing happens if it is not there.
        case delete(key: String)
        /// Deletes all keys that begin with this.
        case deletePrefix(String)
    }

    /// In the order in which they are checked.
    public var conditions: [Condition]
    /// In the order in which they are carried out.
    public var operations: [Operation]

    /// A transaction made of its parts.
    public init(conditions: [Condition] = [], operations: [Operation] = []) {
        self.conditions = conditions
        self.operations = operations
    }

    /// Adds the condition that `key` is absent.
    public mutating func require(absent key: String) { conditions.append(.absent(key: key)) }

    /// Adds the condition that `key` is present.
    public mutating func require(present key: String) { conditions.append(.present(key: key)) }

    /// Adds the condition that the newest change of `key` has this revision.
    public mutating func require(_ key: String, modRevision: UInt64) {
        conditions.append(.modRevision(key: key, is: modRevision))
    }

    /// Adds the condition that `key` is still as it was read: `entry`, or absent where there was none.
    public mutating func require(_ key: String, as entry: StoreEntry?) {
        if let entry { require(key, modRevision: entry.modRevision) } else { require(absent: key) }
    }

    /// Adds a put.
    public mutating func put(_ key: String, _ value: Data) { operations.append(.put(key: key, value: value)) }

    /// Adds a delete.
    public mutating func delete(_ key: String) { operations.append(.delete(key: key)) }

    /// Adds the deletion of all keys that begin with `prefix`.
    public mutating func deletePrefix(_ prefix: String) { operations.append(.deletePrefix(prefix)) }

    /// Throws `StoreError.invalid` where no store could tell what is meant, so that all stores refuse the same transactions.
    func validate() throws(StoreError) {
        let conditionsAndOperations = max(conditions.count, operations.count)
        guard conditionsAndOperations <= Self.sizeLimit else {
            throw .invalid("a transaction has \(conditionsAndOperations) parts, and \(Self.sizeLimit) is the most")
        }
        var puts: Set<StoreKey> = []
        for operation in operations {
            if case .put(let key, _) = operation, !puts.insert(StoreKey(key)).inserted {
                throw .invalid("a transaction puts \(key) twice")
            }
        }
        for operation in operations {
            switch operation {
            case .put: continue
            case .delete(let key):
                if puts.contains(StoreKey(key)) { throw .invalid("a transaction puts and deletes \(key)") }
            case .deletePrefix(let prefix):
                if let key = puts.first(where: { $0.begins(with: prefix) }) {
                    throw .invalid("a transaction puts and deletes \(key.text)")
                }
            }
        }
    }

    /// The most conditions, and the most operations, of one transaction.
    public static let sizeLimit = 4096
}
