import EtcdRPC
import FoundationEssentials
import GRPCCore
import SwarmModel

/// The store in etcd: what one member acknowledges, a majority of them has on disk.
///
/// Every key of it stands below `/swarm/` in etcd. A request waits a few seconds for a leader while there is none, so that the
/// death of one manager is not seen as an error at another.
public struct EtcdStore: Store {
    /// What every key of the store begins with in etcd.
    public static let keyPrefix = "/swarm/"

    let connection: EtcdConnection
    private let patience: Duration

    /// The store behind this connection. A request fails with `StoreError.noLeader` after `leaderPatience` without one.
    public init(_ connection: EtcdConnection, leaderPatience: Duration = Patience.ofThisHost.leaderless) {
        self.connection = connection
        patience = leaderPatience
    }

    /// See `Store`.
    public func read(prefix: String, within limit: Duration) async throws -> StoreSnapshot {
        var request = EtcdRangeRequest()
        (request.key, request.rangeEnd) = Self.range(prefix: prefix)
        let response = try await range(request, within: limit)
        return StoreSnapshot(entries: try response.kvs.map(Self.entry), revision: UInt64(response.header.revision))
    }

    /// See `Store`.
    public func read(key: String, within limit: Duration) async throws -> StoreEntry? {
        var request = EtcdRangeRequest()
        request.key = Self.key(key)
        return try await range(request, within: limit).kvs.first.map(Self.entry)
    }

    /// See `Store`. Every answer of etcd tells it, so the least is asked for: how many there are of a key.
    public func revision(within limit: Duration) async throws -> UInt64 {
        var request = EtcdRangeRequest()
        request.key = Self.key("")
        request.countOnly = true
        return UInt64(try await range(request, within: limit).header.revision)
    }

    /// See `Store`. What etcd leaves unanswered is asked for again, where its conditions do not let it be carried out twice, and where
    /// what is there then tells whether it was carried out the first time.
    @discardableResult
    public func commit(_ transaction: Transaction, within limit: Duration) async throws -> UInt64 {
        try transaction.validate()
        if let deletion = EtcdDeleteRangeRequest(transaction) { return try await delete(deletion, within: limit) }
        let end = ContinuousClock.now + limit
        // What shows whether it was carried out, once that is in doubt.
        var own: [Int: Data] = [:]
        while true {
            let request = EtcdTxnRequest(transaction, looksAtValues: !own.isEmpty)
            do {
                let response = try await connection.patiently(within: end - .now, patience: patience, idempotent: false) { rest in
                    try await connection.call(within: rest) { options in
                        try await connection.keys.txn(request, metadata: Self.needsLeader, options: options)
                    }
                }
                if response.succeeded { return UInt64(response.header.revision) }
                let found = response.responses.map(\.responseRange.kvs.first)
                if let revision = Self.revision(of: transaction, putting: own, in: found) { return revision }
                throw Self.conflict(of: transaction, with: found)
            } catch StoreError.timedOut where ContinuousClock.now < end {
                own = transaction.guardedPuts
                if own.isEmpty { throw StoreError.timedOut }
            }
        }
    }

    /// The revision at which a transaction was carried out; nil where that is not to be seen.
    ///
    /// - Parameters:
    ///   - puts: its `guardedPuts`; nothing is seen without.
    ///   - found: what is under its conditions' keys.
    private static func revision(of transaction: Transaction, putting puts: [Int: Data], in found: [EtcdKeyValue?]) -> UInt64? {
        let revisions = puts.map { place, value -> UInt64? in
            guard let entry = found[place], entry.value == value else { return nil }
            let revision = UInt64(entry.modRevision)
            return transaction.conditions[place].holds(at: revision) ? nil : revision
        }
        return Set(revisions).count == 1 ? revisions[0] : nil
    }

    /// A full etcd 3.4 refuses every transaction, also one that makes room, but not this.
    private func delete(_ request: EtcdDeleteRangeRequest, within limit: Duration) async throws -> UInt64 {
        try await connection.patiently(within: limit, patience: patience, idempotent: true) { rest in
            try await connection.call(within: rest) { options in
                try await connection.keys.deleteRange(request, metadata: Self.needsLeader, options: options)
            }
        }.header.revision.magnitude
    }

    private func range(_ request: EtcdRangeRequest, within limit: Duration) async throws -> EtcdRangeResponse {
        try await connection.patiently(within: limit, patience: patience, idempotent: true) { rest in
            try await connection.call(within: rest) { options in
                try await connection.keys.range(request, metadata: Self.needsLeader, options: options)
            }
        }
    }

    /// Makes etcd refuse at once where it has no leader, instead of letting the request wait for one.
    private static let needsLeader: Metadata = ["hasleader": "true"]
}

extension EtcdStore {
    static func key(_ key: String) -> Data { Data((keyPrefix + key).utf8) }

    /// All keys that begin with `prefix`: from the prefix itself up to, and without, the first key after all of them.
    static func range(prefix: String) -> (start: Data, end: Data) {
        let start = key(prefix)
        var end = start
        while let last = end.popLast() {
            if last < .max {
                end.append(last + 1)
                break
            }
        }
        return (start, end)
    }

    static func plainKey(_ key: Data) throws(StoreError) -> String {
        guard let text = String(validating: key, as: UTF8.self), text.utf8.starts(with: keyPrefix.utf8) else {
            throw .failed("a key outside of \(keyPrefix)")
        }
        return String(text.dropFirst(keyPrefix.count))
    }

    static func entry(_ pair: EtcdKeyValue) throws(StoreError) -> StoreEntry {
        StoreEntry(
            key: try plainKey(pair.key), value: pair.value, createRevision: UInt64(pair.createRevision),
            modRevision: UInt64(pair.modRevision))
    }

    /// The condition that made etcd refuse, from what it found under the conditions' keys at that moment.
    private static func conflict(of transaction: Transaction, with found: [EtcdKeyValue?]) -> any Error {
        for (condition, entry) in zip(transaction.conditions, found) {
            let revision = entry.map { UInt64($0.modRevision) }
            if !condition.holds(at: revision) { return StoreConflict(condition: condition, modRevision: revision) }
        }
        return StoreError.failed("a transaction was refused, and all its conditions hold")
    }
}

extension Transaction {
    /// The values that it puts under keys which its conditions want as they were before, by the places of those conditions: once they
    /// are put, the transaction cannot be carried out again.
    fileprivate var guardedPuts: [Int: Data] {
        var values: [StoreKey: Data] = [:]
        for case .put(let key, let value) in operations { values[StoreKey(key)] = value }
        var puts: [Int: Data] = [:]
        for (place, condition) in conditions.enumerated() {
            if case .present = condition { continue }
            puts[place] = values[StoreKey(condition.key)]
        }
        return puts
    }
}

extension EtcdDeleteRangeRequest {
    /// A transaction that does nothing but one deletion, whatever the case.
    fileprivate init?(_ transaction: Transaction) {
        guard transaction.conditions.isEmpty, transaction.operations.count == 1 else { return nil }
        self.init()
        switch transaction.operations[0] {
        case .put: return nil
        case .delete(let key): self.key = EtcdStore.key(key)
        case .deletePrefix(let prefix): (key, rangeEnd) = EtcdStore.range(prefix: prefix)
        }
    }
}

extension EtcdTxnRequest {
    /// The operations if all conditions hold; otherwise a look at the keys of the conditions, to tell which does not, and at their values
    /// as well where those are wanted.
    fileprivate init(_ transaction: Transaction, looksAtValues: Bool) {
        self.init()
        for condition in transaction.conditions {
            var comparison = EtcdCompare()
            comparison.key = EtcdStore.key(condition.key)
            switch condition {
            case .absent:
                comparison.target = .create
                comparison.result = .equal
                comparison.createRevision = 0
            case .present:
                comparison.target = .create
                comparison.result = .greater
                comparison.createRevision = 0
            case .modRevision(_, let revision):
                comparison.target = .mod
                comparison.result = .equal
                // 0 is what etcd says of a key that is absent. No key has -1.
                comparison.modRevision = revision == 0 ? -1 : Int64(exactly: revision) ?? -1
            }
            compare.append(comparison)

            var look = EtcdRequestOp()
            look.requestRange.key = EtcdStore.key(condition.key)
            look.requestRange.keysOnly = !looksAtValues
            failure.append(look)
        }
        success = transaction.operations.map { operation in
            var request = EtcdRequestOp()
            switch operation {
            case .put(let key, let value):
                request.requestPut.key = EtcdStore.key(key)
                request.requestPut.value = value
            case .delete(let key):
                request.requestDeleteRange.key = EtcdStore.key(key)
            case .deletePrefix(let prefix):
                let range = EtcdStore.range(prefix: prefix)
                request.requestDeleteRange.key = range.start
                request.requestDeleteRange.rangeEnd = range.end
            }
            return request
        }
    }
}
