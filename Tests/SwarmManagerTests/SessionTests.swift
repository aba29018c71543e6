import DockerAPI
import GRPCCore
import SwarmModel
import SwarmRPC
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
}
