import FoundationEssentials
import Glibc
import Testing

@testable import SwarmStore

@Suite(.serialized, .timeLimit(.minutes(1))) struct EtcdClusterTests {
    @Test func aNewMemberFirstFollowsAndThenVotes() async throws {
        try await TestCluster.with(1) { cluster in
            let first = await cluster.members[0]
            try await first.store.put("before", "x")
            var configuration = await cluster.configuration(named: "m1", start: .newCluster)
            let (added, all) = try await first.members.addLearner(peerURL: configuration.peerAdvertiseURL)
            #expect(added.isLearner && added.name.isEmpty)
            #expect(all.count == 2)
            // It has no part in the majority: the first goes on alone.
            try await first.store.put("meanwhile", "x")
            await #expect(throws: MembershipError.notInSync) { try await first.members.promote(added.id) }
            await #expect(throws: MembershipError.learnerOnItsWay) {
                try await first.members.addLearner(peerURL: "https://127.0.0.1:\(freePort())")
            }
            await #expect(throws: MembershipError.alreadyThere) {
                try await first.members.addLearner(peerURL: configuration.peerAdvertiseURL)
            }

            configuration.start = .join([
                .init(name: "m0", url: first.configuration.peerAdvertiseURL),
                .init(name: "m1", url: configuration.peerAdvertiseURL),
            ])
            let second = try await cluster.begin(configuration)
            #expect(second.id == added.id)
            #expect(try await second.members.status().isLearner)
            try await first.members.promoteWhenInSync(added.id, within: .seconds(20))
            // A second time it has its vote already, and nothing is wrong.
            try await first.members.promoteWhenInSync(added.id, within: .seconds(20))
            let members = try await first.members.members()
            #expect(members.map(\.name).sorted() == ["m0", "m1"])
            #expect(members.allSatisfy { !$0.isLearner })
            #expect(try await second.store.read(prefix: "").entries.map(\.key) == ["before", "meanwhile"])
            // What one writes, the other reads.
            let revision = try await second.store.put("by-second", "x")
            #expect(try await first.store.read(key: "by-second")?.modRevision == revision)
        }
    }

    @Test func membersAreRemovedMovedAndNotFound() async throws {
        try await TestCluster.with(3) { cluster in
            let (first, third) = (await cluster.members[0], await cluster.members[2])
            let leader = await cluster.members[try await cluster.leader()]
            let next = await cluster.members.first { $0.id != leader.id }
            let successor = try #require(next)
            try await leader.members.moveLeader(to: successor.id)
            #expect(await cluster.members[try await cluster.leader()].id == successor.id)

            var events = third.process.events.makeAsyncIterator()
            #expect(await events.next() == .ready)
            try await first.members.remove(third.id)
            #expect(await events.next() == .removed)
            #expect(try await first.members.members().count == 2)
            await #expect(throws: MembershipError.notFound) { try await first.members.remove(third.id) }
            try await first.store.put("after", "x")
        }
    }

    @Test func nothingAcknowledgedIsLostWhenTheLeaderIsKilled() async throws {
        try await TestCluster.with(3) { cluster in
            let leader = try await cluster.leader()
            let others = await cluster.members.enumerated().filter { $0.offset != leader }.map(\.element)
            let stop = Flag()
            let writers = others.enumerated().map { number, member in
                Task {
                    var acknowledged: [String: UInt64] = [:]
                    var count = 0
                    while !stop.isRaised {
                        let key = "k/\(number)-\(count)"
                        count += 1
                        // Who is not answered in a second asks for something else: what was not acknowledged does not matter.
                        let transaction = Transaction(operations: [.put(key: key, value: Data("x".utf8))])
                        if let revision = try? await member.store.commit(transaction, within: .seconds(1)) {
                            acknowledged[key] = revision
                        }
                    }
                    return acknowledged
                }
            }
            try await Task.sleep(for: .milliseconds(300))
            await cluster.kill(leader)
            let before = try await stubbornly { try await others[0].store.read(prefix: "k/").entries.count }
            try await Task.sleep(for: .milliseconds(300))
            stop.raise()
            var acknowledged: [String: UInt64] = [:]
            for writer in writers { acknowledged.merge(await writer.value) { $1 } }
            #expect(acknowledged.count > before / 2)

            try await cluster.startAgain(leader)
            for member in await cluster.members {
                let found = try await stubbornly { try await member.store.read(prefix: "k/").entries }
                let revisions = Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.modRevision) })
                // Later where a leader that was killed had passed on what another has been asked for again.
                let lost = acknowledged.filter { key, revision in revisions[key].map { $0 < revision } ?? true }
                #expect(lost.isEmpty, "\(lost.count) of \(acknowledged.count)")
            }
        }
    }

    @Test func everythingIsThereAfterAllWereKilledAtOnce() async throws {
        try await TestCluster.with(3) { cluster in
            var revision: UInt64 = 0
            for number in 0..<50 { revision = try await cluster.members[number % 3].store.put("k/\(number)", "x") }
            await withTaskGroup { group in
                for index in 0..<3 { group.addTask { await cluster.kill(index) } }
            }
            // One alone has no leader; it answers nobody yet.
            for index in 0..<3 { try await cluster.startAgain(index, wait: false) }
            for member in await cluster.members { try await member.process.waitUntilReady(within: .seconds(30)) }
            for member in await cluster.members {
                let snapshot = try await member.store.read(prefix: "k/")
                #expect(snapshot.entries.count == 50)
                #expect(snapshot.revision == revision)
            }
        }
    }

    @Test func withoutAMajorityThereIsNoLeaderUntilItComesBack() async throws {
        try await TestCluster.with(3) { cluster in
            let survivor = await cluster.members[0]
            try await survivor.store.put("a", "1")
            await cluster.kill(1)
            await cluster.kill(2)
            try await within(.seconds(40)) {
                // The first may be on its way when the majority goes: then nobody knows what became of it.
                while true {
                    do {
                        try await survivor.store.put("a", "2")
                    } catch StoreError.timedOut {
                        continue
                    } catch {
                        #expect(error as? StoreError == .noLeader)
                        break
                    }
                }
            }
            await #expect(throws: StoreError.noLeader) { try await survivor.store.read(key: "a") }
            await #expect(throws: StoreError.noLeader) { try await survivor.members.members() }
            #expect(try await survivor.members.status().leaderID == nil)
            try await cluster.startAgain(1)
            try await survivor.store.put("a", "3")
            #expect(try await survivor.store.read(key: "a")?.value == Data("3".utf8))
        }
    }

    /// etcd gives up what it was asked at such a moment after seven seconds, and does not know itself what comes of it.
    @Test func whatIsOnItsWayWhenTheMajorityGoesIsAnsweredWhenItIsBack() async throws {
        try await TestCluster.with(2) { cluster in
            let leader = try await cluster.leader()
            let store = await cluster.members[leader].store
            let before = try await store.put("a", "1")
            let other = try #require(await cluster.members[1 - leader].process.processID)
            defer { kill(other, SIGCONT) }
            kill(other, SIGSTOP)
            async let read = store.read(key: "a")
            async let revision = store.revision()
            var change = Transaction(operations: [.put(key: "a", value: Data("2".utf8)), .put(key: "b", value: Data("2".utf8))])
            change.require("a", modRevision: before)
            change.require(absent: "b")
            async let committed = store.commit(change)
            var another = Transaction(operations: [.put(key: "a", value: Data("3".utf8))])
            another.require("a", modRevision: before)
            try await Task.sleep(for: .milliseconds(50))
            let late = Task { [another] in try await store.commit(another) }

            try await Task.sleep(for: .milliseconds(7500))
            kill(other, SIGCONT)
            #expect(try await read?.key == "a")
            #expect(try await revision >= before)
            let after = try await committed
            #expect(after > before)
            let found = try await store.read(prefix: "").entries
            #expect(found.map(\.modRevision) == [after, after])
            #expect(found.map { String(decoding: $0.value, as: UTF8.self) } == ["2", "2"])
            await #expect(throws: StoreConflict(condition: another.conditions[0], modRevision: after)) { try await late.value }
        }
    }

    @Test func oneMemberBecomesAStoreOfItsOwnWithAllData() async throws {
        try await TestCluster.with(3) { cluster in
            for number in 0..<20 { try await cluster.members[0].store.put("k/\(number)", "x") }
            // What was acknowledged may have reached only the other two; after this read it has reached this one.
            _ = try await cluster.members[2].store.read(prefix: "k/")
            let before = try await cluster.members[2].members.status()
            await cluster.kill(0)
            await cluster.kill(1)
            await cluster.stop(2)
            try await cluster.startAgain(2, forceNewCluster: true)
            let survivor = await cluster.members[2]
            #expect(try await survivor.store.read(prefix: "k/").entries.count == 20)
            #expect(try await survivor.members.members().map(\.id) == [survivor.id])
            #expect(try await survivor.members.status().clusterID == before.clusterID)
            try await survivor.store.put("after", "x")
            // Killed, it comes back as it is, and is not made anew.
            let added = try await survivor.members.addLearner(peerURL: "https://127.0.0.1:\(freePort())")
            let child = try #require(await survivor.process.processID)
            kill(child, SIGKILL)
            let members = try await stubbornly { try await survivor.members.members() }
            #expect(members.map(\.id).sorted() == [survivor.id, added.added.id].sorted())
            #expect(try await survivor.store.read(key: "after") != nil)
        }
    }

    @Test func aMemberOfAnotherAuthorityIsNotLetIn() async throws {
        try await TestCluster.with(1) { cluster in
            let first = await cluster.members[0]
            var configuration = await cluster.configuration(named: "rogue", start: .newCluster)
            configuration.peerIdentity = try await TestCertificates(in: cluster.folder, name: "rogue").identity
            _ = try await first.members.addLearner(peerURL: configuration.peerAdvertiseURL)
            configuration.start = .join([
                .init(name: "m0", url: first.configuration.peerAdvertiseURL),
                .init(name: "rogue", url: configuration.peerAdvertiseURL),
            ])
            let process = try await cluster.process(configuration)
            try await process.start()
            await #expect(throws: EtcdProcess.StartError.self) { try await process.waitUntilReady(within: .seconds(3)) }
            // Nor does it get in by trusting the right authority while it has no certificate of it.
            await process.stop()
            try? FileManager.default.removeItem(atPath: configuration.dataDirectory)
            configuration.peerIdentity.authority = first.configuration.peerIdentity.authority
            let second = try await cluster.process(configuration)
            try await second.start()
            await #expect(throws: EtcdProcess.StartError.self) { try await second.waitUntilReady(within: .seconds(3)) }
            #expect(try await first.members.members().filter { !$0.name.isEmpty }.map(\.name) == ["m0"])
        }
    }

    @Test func aMemberIsFoundWhereItMovedTo() async throws {
        try await TestCluster.with(3) { cluster in
            let moved = await cluster.members[2]
            await cluster.stop(2)
            let url = "https://127.0.0.1:\(freePort())"
            try await cluster.members[0].members.updatePeerURL(moved.id, to: url)
            try await cluster.relocate(2, to: url)
            let members = try await cluster.members[2].members.members()
            #expect(members.first { $0.id == moved.id }?.peerURLs == [url])
            let revision = try await cluster.members[0].store.put("a", "x")
            #expect(try await cluster.members[2].store.read(key: "a")?.modRevision == revision)
        }
    }
}
