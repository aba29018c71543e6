import FoundationEssentials
import Testing

@testable import SwarmStore

/// One rule that every store keeps. It gets a store, and a prefix that nobody else uses.
struct StoreRule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let check: @Sendable (_ store: any Store, _ prefix: String) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (any Store, String) async throws -> Void) {
        testDescription = description
        self.check = check
    }

    func run(on store: any Store) async throws {
        try await check(store, "test-\(UUID().uuidString)/")
    }
}

/// All of them.
enum StoreContract {
    static let rules = values + conditions + watches

    static let values = [
        StoreRule("what is put is read, with the revisions at which it came and changed") { store, prefix in
            let key = prefix + "a"
            #expect(try await store.read(key: key) == nil)
            let first = try await store.put(key, "1")
            #expect(try await store.read(key: key) == entry(key, "1", created: first, changed: first))
            let second = try await store.put(key, "2")
            #expect(second == first + 1)
            #expect(try await store.read(key: key) == entry(key, "2", created: first, changed: second))
            try await store.commit(Transaction(operations: [.delete(key: key)]))
            #expect(try await store.read(key: key) == nil)
            let third = try await store.put(key, "3")
            #expect(try await store.read(key: key) == entry(key, "3", created: third, changed: third))
        },
        StoreRule("a prefix is read in order of bytes, without its neighbours") { store, prefix in
            let names = ["n/", "n/b", "n/a", "n/é", "n/e\u{301}", "n/a/b", "n/\u{7f}", "n/\u{10ffff}"]
            var transaction = Transaction()
            for name in names + ["n", "n0", "n.", "m/a", "o/a"] { transaction.put(prefix + name, Data(name.utf8)) }
            let revision = try await store.commit(transaction)
            let snapshot = try await store.read(prefix: prefix + "n/")
            let expected = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(snapshot.entries.map(\.value) == expected.map { Data($0.utf8) })
            #expect(snapshot.revision == revision)
            #expect(snapshot.entries.allSatisfy { $0.createRevision == revision && $0.modRevision == revision })
            #expect(try await store.read(prefix: prefix + "none/").entries.isEmpty)
        },
        StoreRule("values are any bytes, none at all or a megabyte of them") { store, prefix in
            for value in [Data(), Data([0, 255, 10, 128]), Data(repeating: 0xa5, count: 1_000_000)] {
                var transaction = Transaction()
                transaction.put(prefix + "v", value)
                try await store.commit(transaction)
                #expect(try await store.read(key: prefix + "v")?.value == value)
            }
        },
        StoreRule("what changes nothing has no revision of its own") { store, prefix in
            let revision = try await store.put(prefix + "a", "1")
            #expect(try await store.commit(Transaction()) == revision)
            var transaction = Transaction()
            transaction.delete(prefix + "none")
            transaction.deletePrefix(prefix + "none/")
            #expect(try await store.commit(transaction) == revision)
        },
        StoreRule("the store's revision is that of its newest change, whatever was changed") { store, prefix in
            let first = try await store.put(prefix + "a", "1")
            #expect(try await store.revision() == first)
            let second = try await store.commit(Transaction(operations: [.delete(key: prefix + "a")]))
            #expect(second == first + 1)
            #expect(try await store.revision() == second)
        },
        StoreRule("a prefix is deleted whole, and nothing beside it") { store, prefix in
            for name in ["a/1", "a/2", "b/1", "a"] { try await store.put(prefix + name, name) }
            try await store.commit(Transaction(operations: [.deletePrefix(prefix + "a/")]))
            #expect(try await store.read(prefix: prefix).entries.map(\.key) == [prefix + "a", prefix + "b/1"])
        },
        StoreRule("a transaction that no store could carry out is refused, and changes nothing") { store, prefix in
            let key = prefix + "a"
            let value = Data()
            let impossible: [[Transaction.Operation]] = [
                [.put(key: key, value: value), .put(key: key, value: value)],
                [.put(key: key, value: value), .delete(key: key)],
                [.deletePrefix(prefix), .put(key: key, value: value)],
                (0...Transaction.sizeLimit).map { .put(key: key + "\($0)", value: value) },
            ]
            for operations in impossible {
                let error = await #expect(throws: StoreError.self) {
                    try await store.commit(Transaction(operations: operations))
                }
                guard case .invalid = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            let entries = try await store.read(prefix: prefix).entries
            #expect(entries.isEmpty)
        },
        StoreRule("as many changes as are allowed happen at once") { store, prefix in
            var transaction = Transaction()
            for number in 0..<Transaction.sizeLimit { transaction.put(prefix + "\(number)", Data("x".utf8)) }
            try await store.commit(transaction)
            let entries = try await store.read(prefix: prefix).entries
            #expect(entries.count == Transaction.sizeLimit)
            #expect(Set(entries.map(\.modRevision)).count == 1)
        },
    ]

    static let conditions = [
        StoreRule("each condition holds where it should, and is named where it does not") { store, prefix in
            let (there, absent) = (prefix + "there", prefix + "absent")
            let revision = try await store.put(there, "1")
            let cases: [(Transaction.Condition, holds: Bool)] = [
                (.absent(key: absent), true), (.absent(key: there), false),
                (.present(key: there), true), (.present(key: absent), false),
                (.modRevision(key: there, is: revision), true), (.modRevision(key: there, is: revision - 1), false),
                (.modRevision(key: there, is: revision + 1), false), (.modRevision(key: absent, is: revision), false),
                (.modRevision(key: absent, is: 0), false), (.modRevision(key: there, is: .max), false),
            ]
            for (condition, holds) in cases {
                let transaction = Transaction(
                    conditions: [condition], operations: [.put(key: prefix + "mark", value: Data("\(condition)".utf8))])
                let before = try await store.read(key: prefix + "mark")
                if holds {
                    try await store.commit(transaction)
                    #expect(try await store.read(key: prefix + "mark")?.value == Data("\(condition)".utf8))
                } else {
                    let conflict = await #expect(throws: StoreConflict.self) { try await store.commit(transaction) }
                    #expect(conflict?.condition == condition)
                    #expect(conflict?.modRevision == (condition.key == there ? revision : nil))
                    #expect(try await store.read(key: prefix + "mark") == before)
                }
            }
        },
        StoreRule("one condition of several that fails stops everything, and the first such is named") { store, prefix in
            try await store.put(prefix + "a", "1")
            let transaction = Transaction(
                conditions: [.present(key: prefix + "a"), .present(key: prefix + "b"), .absent(key: prefix + "a")],
                operations: [.delete(key: prefix + "a"), .put(key: prefix + "c", value: Data())])
            let conflict = await #expect(throws: StoreConflict.self) { try await store.commit(transaction) }
            #expect(conflict?.condition == .present(key: prefix + "b"))
            #expect(try await store.read(prefix: prefix).entries.map(\.key) == [prefix + "a"])
        },
        StoreRule("of writers that saw the same revision, one wins") { store, prefix in
            try await store.put(prefix + "counter", "0")
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<10 {
                            while true {
                                let entry = try #require(try await store.read(key: prefix + "counter"))
                                let number = try #require(Int(String(decoding: entry.value, as: UTF8.self)))
                                var transaction = Transaction()
                                transaction.require(entry.key, modRevision: entry.modRevision)
                                transaction.put(entry.key, Data("\(number + 1)".utf8))
                                do {
                                    try await store.commit(transaction)
                                    break
                                } catch is StoreConflict {
                                    continue
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.read(key: prefix + "counter")?.value == Data("40".utf8))
        },
        StoreRule("a fence stops the writes of who is no longer the leader") { store, _ in
            let first = Fence(modRevision: try await store.put(Leader.key, "one"))
            try await store.commit(Transaction().fenced(by: first))
            let second = Fence(modRevision: try await store.put(Leader.key, "two"))
            let conflict = await #expect(throws: StoreConflict.self) {
                try await store.commit(Transaction().fenced(by: first))
            }
            #expect(conflict?.isFencedOff == true)
            try await store.commit(Transaction().fenced(by: second))
        },
    ]

    static let watches = [
        StoreRule("a watch begins right after its revision, and has each transaction whole and in order") { store, prefix in
            try await store.put(prefix + "a/0", "before")
            let start = try await store.put(prefix + "a/1", "before")
            var transaction = Transaction()
            transaction.put(prefix + "a/2", Data("x".utf8))
            transaction.delete(prefix + "a/0")
            transaction.put(prefix + "b/1", Data("not watched".utf8))
            transaction.put(prefix + "a/1", Data("y".utf8))
            let second = try await store.commit(transaction)
            try await store.put(prefix + "b/2", "not watched")
            // This one happens while it is watched already.
            var batches = store.watch(prefix: prefix + "a/", after: start).makeAsyncIterator()
            #expect(
                try await batches.next()
                    == WatchBatch(
                        revision: second,
                        changes: [
                            .put(entry(prefix + "a/2", "x", created: second, changed: second)),
                            .delete(key: prefix + "a/0"),
                            .put(entry(prefix + "a/1", "y", created: start, changed: second)),
                        ]))
            let third = try await store.commit(Transaction(operations: [.deletePrefix(prefix)]))
            #expect(
                try await batches.next()
                    == WatchBatch(
                        revision: third, changes: [.delete(key: prefix + "a/1"), .delete(key: prefix + "a/2")]))
        },
        StoreRule("a watch leaves nothing out and has nothing twice, whatever is written meanwhile") { store, prefix in
            let start = try await store.read(prefix: prefix).revision
            async let written = write(to: store, prefix: prefix, writers: 4, each: 50)
            var revisions: [UInt64] = []
            for try await batch in store.watch(prefix: prefix, after: start) {
                revisions.append(batch.revision)
                if revisions.count == 200 { break }
            }
            #expect(try await revisions == written.sorted())
        },
        StoreRule("an observer knows at every moment what a reader would have seen") { store, prefix in
            async let written: Void = {
                _ = try await write(to: store, prefix: prefix, writers: 4, each: 30)
                try await store.commit(
                    Transaction(operations: [
                        .delete(key: prefix + "0-0"), .delete(key: prefix + "3-29"), .put(key: prefix + "end", value: Data()),
                    ]))
            }()
            var seen: [String: StoreEntry] = [:]
            var revision: UInt64 = 0
            for try await observation in store.observe(prefix: prefix) {
                switch observation {
                case .snapshot(let snapshot):
                    seen = Dictionary(uniqueKeysWithValues: snapshot.entries.map { ($0.key, $0) })
                    revision = snapshot.revision
                case .batch(let batch):
                    #expect(batch.revision > revision)
                    revision = batch.revision
                    seen.apply(batch)
                }
                if seen[prefix + "end"] != nil { break }
            }
            try await written
            #expect(seen.count == 4 * 30 - 1)
            let now = try await store.read(prefix: prefix).entries
            #expect(seen.values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } == now)
        },
        StoreRule("a watch ends with its task") { store, prefix in
            let task = Task {
                for try await _ in store.watch(prefix: prefix, after: 1) {}
            }
            try await Task.sleep(for: .milliseconds(20))
            task.cancel()
            try await within(.seconds(5)) { _ = await task.result }
        },
    ]

    private static func entry(_ key: String, _ value: String, created: UInt64, changed: UInt64) -> StoreEntry {
        StoreEntry(key: key, value: Data(value.utf8), createRevision: created, modRevision: changed)
    }

    /// The revisions of all that was written.
    private static func write(
        to store: any Store, prefix: String, writers: Int, each: Int
    ) async throws -> [UInt64] {
        try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var revisions: [UInt64] = []
                    for number in 0..<each { revisions.append(try await store.put("\(prefix)\(writer)-\(number)", "x")) }
                    return revisions
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

extension Store {
    @discardableResult
    func put(_ key: String, _ value: String) async throws -> UInt64 {
        var transaction = Transaction()
        transaction.put(key, Data(value.utf8))
        return try await commit(transaction)
    }
}

extension [String: StoreEntry] {
    mutating func apply(_ batch: WatchBatch) {
        for change in batch.changes {
            switch change {
            case .put(let entry): self[entry.key] = entry
            case .delete(let key): self[key] = nil
            }
        }
    }
}
