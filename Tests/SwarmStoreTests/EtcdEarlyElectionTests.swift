import SwarmModel
import Testing

@testable import SwarmStore

@Suite(.serialized, .timeLimit(.minutes(1))) struct EtcdEarlyElectionTests {
    /// Its election timeout is far above the limit of the wait, so only the message can have made it a leader.
    @Test func theOnlyMemberNeedNotWaitForItsElectionTimeout() async throws {
        try await TestCluster.with(0) { cluster in
            var configuration = await cluster.configuration(named: "m0", start: .newCluster)
            (configuration.patience.heartbeat, configuration.patience.election) = (.seconds(9), .seconds(45))
            let process = try await cluster.process(configuration)
            try await process.start()
            try await process.waitUntilReady(within: .seconds(8))
            #expect(try await EtcdMembers(process.connection).status().isLeader)

            await process.stop()
            let again = try await cluster.process(configuration)
            try await again.start()
            try await again.waitUntilReady(within: .seconds(8))
            #expect(try await EtcdMembers(again.connection).status().isLeader)
        }
    }

    @Test func theMessageIsWhatRaftReads() {
        let member = EarlyElection.Member(id: 300)
        #expect(member.callToElection == [0x08, 0x0e, 0x10, 0xac, 0x02, 0x18, 0xac, 0x02])
    }
}
