import EtcdRPC
import FoundationEssentials
import Glibc
import NIOPosix
import Testing

@testable import SwarmStore

@Suite(.serialized, .timeLimit(.minutes(1))) struct EtcdStoreTests {
    /// One etcd for all rules: to start one for each takes most of the time.
    @Test func contract() async throws {
        try await TestCluster.with(1) { cluster in
            let store = await cluster.members[0].store
            for rule in StoreContract.rules {
                do {
                    try await within(.seconds(15)) { try await rule.run(on: store) }
                } catch {
                    Issue.record("\(rule.testDescription): \(error)")
                }
            }
        }
    }

    /// etcd pings with nearly every request, and the HTTP/2 library takes more than 200 pings for an attack.
    @Test func aBusyConnectionStaysOpen() async throws {
        try await TestCluster.with(1) { cluster in
            let store = await cluster.members[0].store
            for number in 0..<400 { try await store.put("a", "\(number)") }
        }
    }

    /// gRPC takes no message of more than 4 MiB unless it is told.
    @Test func muchIsReadAtOnceAndHandedToWatches() async throws {
        try await TestCluster.with(1) { cluster in
            let store = await cluster.members[0].store
            let value = Data(repeating: 1, count: 1 << 20)
            for number in 0..<12 {
                var transaction = Transaction()
                transaction.put("much/\(number)", value)
                try await store.commit(transaction)
            }
            let snapshot = try await store.read(prefix: "much/")
            #expect(snapshot.entries.count == 12 && snapshot.entries.allSatisfy { $0.value == value })
            var seen = 0
            for try await batch in store.watch(prefix: "much/", after: 1) {
                seen += batch.changes.count
                if seen == 12 { break }
            }
        }
    }

    @Test func onlyItsOwnerReachesEtcdAndItsData() async throws {
        try await TestCluster.with(1) { cluster in
            let configuration = await cluster.members[0].configuration
            for (path, mode) in [
                (configuration.socket, 0o700), (configuration.socketDirectory, 0o700), (configuration.dataDirectory, 0o700),
            ] {
                var information = stat()
                #expect(stat(path, &information) == 0)
                #expect(information.st_mode & 0o777 == mode, "\(path)")
            }
        }
    }

    @Test func aWatchGoesOnWithoutGapWhenEtcdIsKilled() async throws {
        try await TestCluster.with(1) { cluster in
            let member = await cluster.members[0]
            let start = try await member.store.put("a/start", "x")
            let watched = Task {
                var revisions: [UInt64] = []
                for try await batch in member.store.watch(prefix: "a/", after: start) {
                    revisions.append(batch.revision)
                    if batch.changes.contains(where: { $0.key == "a/end" }) { break }
                }
                return revisions
            }
            var written: [UInt64] = []
            for number in 0..<40 {
                if number % 15 == 10 {
                    let child = try #require(await member.process.processID)
                    kill(child, SIGKILL)
                }
                written.append(try await stubbornly { try await member.store.put("a/\(number)", "x") })
            }
            written.append(try await member.store.put("a/end", "x"))
            let seen = try await within(.seconds(30)) { try await watched.value }
            // What was written twice because nobody knew whether it was, is seen twice.
            #expect(Set(written).isSubset(of: seen))
            #expect(seen == Array(Set(seen)).sorted())
        }
    }

    @Test func aKilledEtcdIsStartedAgainAndHasEverythingAcknowledged() async throws {
        try await TestCluster.with(1) { cluster in
            let member = await cluster.members[0]
            var events = member.process.events.makeAsyncIterator()
            #expect(await events.next() == .ready)
            var acknowledged: [String: UInt64] = [:]
            for round in 0..<3 {
                let stop = Flag()
                let writer = Task {
                    var done: [String: UInt64] = [:]
                    var count = 0
                    while !stop.isRaised {
                        var transaction = Transaction()
                        let key = "k/\(round)-\(count)"
                        transaction.put(key, Data("x".utf8))
                        done[key] = try? await member.store.commit(transaction)
                        count += 1
                    }
                    return done
                }
                try await Task.sleep(for: .milliseconds(150))
                let child = try #require(await member.process.processID)
                kill(child, SIGKILL)
                let death = await events.next()
                let rebirth = await events.next()
                stop.raise()
                acknowledged.merge(await writer.value) { $1 }
                guard case .died = death, rebirth == .ready else {
                    Issue.record("told: \(String(describing: death)), \(String(describing: rebirth))")
                    return
                }
            }
            #expect(acknowledged.count > 3)
            let found = try await member.store.read(prefix: "k/").entries
            let revisions = Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.modRevision) })
            for (key, revision) in acknowledged { #expect(revisions[key] == revision) }
        }
    }

    @Test func anObserverThatFellBehindStartsAgainWithASnapshot() async throws {
        try await TestCluster.with(1) { cluster in
            let member = await cluster.members[0]
            let old = try await member.store.put("a", "1")
            var revision = old
            for number in 2..<10 { revision = try await member.store.put("a", "\(number)") }
            try await member.connection.compact(to: revision)
            await #expect(throws: StoreError.compacted(oldest: revision)) {
                for try await _ in member.store.watch(prefix: "", after: old) {}
            }
            var observations = LateStore(member.store, snapshotRevision: old).observe(prefix: "a").makeAsyncIterator()
            #expect(try await observations.next() == .snapshot(StoreSnapshot(entries: [], revision: old)))
            guard case .snapshot(let snapshot) = try await observations.next() else {
                Issue.record("no second snapshot")
                return
            }
            #expect(snapshot.entries.map(\.value) == [Data("9".utf8)])
        }
    }

    @Test func aFullStoreSaysSoAndKeepsAnswering() async throws {
        try await TestCluster.with(0) { cluster in
            var configuration = await cluster.configuration(named: "small", start: .newCluster)
            configuration.quota = 4 << 20
            let member = try await cluster.begin(configuration)
            try await member.store.put("kept", "x")
            let error = await #expect(throws: StoreError.self) {
                for number in 0..<100 {
                    var transaction = Transaction()
                    transaction.put("big/\(number)", Data(repeating: 1, count: 500_000))
                    try await member.store.commit(transaction)
                }
            }
            #expect(error == .noSpace)
            #expect(try await member.store.read(key: "kept") != nil)
            // Room is made: what is no longer needed deleted, forgotten and given back.
            let revision = try await member.store.commit(Transaction(operations: [.deletePrefix("big/")]))
            try await member.connection.compact(to: revision)
            try await member.members.defragment()
            try await member.members.clearSpaceAlarm()
            try await member.store.put("again", "x")
        }
    }

    @Test func aStoreThatIsClosedOrNotThereIsAnErrorAndNotAWait() async throws {
        try await within(.seconds(20)) {
            let absent = EtcdStore(
                try EtcdConnection(socket: "/tmp/swarmstore-none/client:0", group: .singletonMultiThreadedEventLoopGroup),
                leaderPatience: .seconds(1))
            await #expect(throws: StoreError.timedOut) { try await absent.read(key: "a", within: .milliseconds(300)) }
            let watch = absent.watch(prefix: "", after: 1)
            absent.connection.close()
            await #expect(throws: StoreError.closed) { try await absent.read(key: "a") }
            await #expect(throws: StoreError.closed) { for try await _ in watch {} }
        }
    }

    @Test func aProgramThatIsMissingIsSaid() async throws {
        try await TestCluster.with(0) { cluster in
            var configuration = await cluster.configuration(named: "none", start: .newCluster)
            configuration.executable = "/nowhere/etcd"
            let process = try await cluster.process(configuration)
            let error = await #expect(throws: EtcdProcess.StartError.self) { try await process.start() }
            #expect(error?.reason.contains("apt-get install etcd-server") == true)
        }
    }

    @Test func whyEtcdDoesNotStartIsSaid() async throws {
        try await TestCluster.with(0) { cluster in
            var configuration = await cluster.configuration(named: "bad", start: .newCluster)
            configuration.peerIdentity.certificate = "/nowhere/peer.pem"
            let process = try await cluster.process(configuration)
            try await process.start()
            let error = await #expect(throws: EtcdProcess.StartError.self) {
                try await process.waitUntilReady(within: .seconds(2))
            }
            #expect(error?.reason.contains("/nowhere/peer.pem") == true)
        }
    }
}

/// Tries again while the store is away; for changes that may happen twice.
func stubbornly<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    while true {
        do {
            return try await body()
        } catch StoreError.unavailable, StoreError.noLeader, StoreError.timedOut {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension EtcdConnection {
    func compact(to revision: UInt64) async throws {
        var request = EtcdCompactionRequest()
        request.revision = Int64(revision)
        request.physical = true
        _ = try await keys.compact(request)
    }
}

/// A store whose first snapshot is old.
private struct LateStore: Store {
    private let base: any Store
    private let first: First

    private actor First {
        var pending: StoreSnapshot?
        init(_ snapshot: StoreSnapshot) { pending = snapshot }
        func take() -> StoreSnapshot? {
            defer { pending = nil }
            return pending
        }
    }

    init(_ base: any Store, snapshotRevision: UInt64) {
        self.base = base
        first = First(StoreSnapshot(entries: [], revision: snapshotRevision))
    }

    func read(prefix: String, within limit: Duration) async throws -> StoreSnapshot {
        if let snapshot = await first.take() { return snapshot }
        return try await base.read(prefix: prefix, within: limit)
    }

    func read(key: String, within limit: Duration) async throws -> StoreEntry? { try await base.read(key: key, within: limit) }

    func revision(within limit: Duration) async throws -> UInt64 { try await base.revision(within: limit) }

    func commit(_ transaction: Transaction, within limit: Duration) async throws -> UInt64 {
        try await base.commit(transaction, within: limit)
    }

    func watch(prefix: String, after revision: UInt64) -> AsyncThrowingStream<WatchBatch, any Error> {
        base.watch(prefix: prefix, after: revision)
    }
}
