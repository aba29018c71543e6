import DockerAPI
import GRPCCore
import SwarmModel
import SwarmRPC
import Synchronization
import Testing

@testable import SwarmManager

/// How sessions of nodes with the leader end.
@Suite struct SessionTests {
    @Test func onlyANodeThatIsNotInTheSwarmIsToldSo() {
        var state = ClusterState()
        state.nodes["a"] = Versioned(RolePlanTests.node("a", is: .worker, wanted: .worker), version: 1)
        #expect((DispatcherService.ending(of: "b", as: state) as? RPCError)?.code == .notFound)
        #expect(DispatcherService.ending(of: "a", as: state) is NotLeader)
        // The leader's process ends, in good order.
        #expect(DispatcherService.ending(of: "a", as: nil) is NotLeader)
    }

    @Test func aSessionEndsWhenTheNodesCertificateHasExpired() {
        func time(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: (1_795_252_502 + seconds) * 1_000_000_000) }
        let start = ContinuousClock.now
        let sessions = Sessions(known: [], patience: .usual) { start }
        let ended = Mutex<[String]>([])
        for (node, life) in [("a", 60), ("b", 3600)] as [(String, Int64)] {
            let session = sessions.open(node, until: time(life), send: { _ in }) {
                ended.withLock { $0.append(node) }
            }
            sessions.heard(node, session: session)
        }
        sessions.check(at: time(59))
        // A clock that is set back ends nothing.
        sessions.check(at: time(-86_400))
        #expect(ended.withLock { $0 } == [])
        sessions.check(at: time(61))
        #expect(ended.withLock { $0 } == ["a"])
        // The node comes back with its new certificate; the other one goes on.
        _ = sessions.open("a", until: time(7200), send: { _ in }) { ended.withLock { $0.append("a again") } }
        #expect(sessions.connected == ["a", "b"])
    }

    @Test func nobodyIsTakenForGoneBecauseTheClockWasSet() {
        let start = ContinuousClock.now
        let instant = Mutex(start)
        let sessions = Sessions(known: [], patience: .usual) { instant.withLock { $0 } }
        let session = sessions.open("a", until: Timestamp(nanoseconds: 90 * 86_400 * 1_000_000_000), send: { _ in }) {
            Issue.record("the session was ended")
        }
        // A day forward, and then two days back, within a second each.
        for (step, seconds) in [0, 86_400, -86_400].enumerated() as EnumeratedSequence<[Int64]> {
            instant.withLock { $0 = start + .milliseconds(1000 * step + 250) }
            sessions.heard("a", session: session)
            sessions.check(at: Timestamp(nanoseconds: (10 * 86_400 + seconds) * 1_000_000_000))
        }
        #expect(sessions.isConnected("a"))
    }
}
