import Netlink
import SwarmModel
import Testing

@testable import SwarmAgent

struct LinkPlanTests {
    private func plan(_ sample: NetworksSample, node: Int = 1, underlayMTU: Int = 1500) -> LinkPlan {
        LinkPlan(sample.all, node: "node-\(node)", underlayMTU: underlayMTU)
    }

    @Test func aNetworkIsABridgeAndATunnel() throws {
        var sample = NetworksSample()
        try sample.add(network: 1)
        let overlay = try #require(plan(sample).overlays.first)
        #expect(overlay.bridge == "swb-network1ab" && overlay.mtu == 1450)
        #expect("\(overlay.mac)" == "02:42:0a:00:01:fb")
        #expect(overlay.addresses.map(\.description) == ["10.0.1.251/24"])
        let tunnel = try #require(overlay.tunnel)
        #expect(tunnel.name == "swv-network1ab")
        #expect(tunnel.vxlan == VXLAN(id: 4097, port: 4789, local: IPAddress("10.77.0.1"), learns: false))
        #expect(tunnel.mac != overlay.mac)
    }

    @Test func namesFitIntoTheKernelsFifteenBytes() {
        #expect(LinkPlan.bridge(of: NetworksSample.id(1)).utf8.count < 16)
        #expect(LinkPlan.tunnel(of: NetworksSample.id(1)).utf8.count < 16)
        #expect(
            LinkPlan.isOurs("swb-abc") && LinkPlan.isOurs("swv-abc") && !LinkPlan.isOurs("docker0") && !LinkPlan.isOurs("br-swb-")
        )
    }

    @Test func othersAreReachedThroughTheirNodes() throws {
        var sample = NetworksSample()
        try sample.add(network: 1, nodes: 3)
        try sample.add(task: "here", network: 1, host: 5, on: 1)
        try sample.add(task: "there", network: 1, host: 6, on: 2)
        try sample.add(task: "starting", network: 1, host: 7, on: 3, isReady: false)
        try sample.add(task: "nowhere", network: 1, host: 8, on: 9)
        let stations = try #require(plan(sample).overlays.first).stations
        #expect(
            stations.map { "\($0.address) \($0.mac) \($0.underlay)" } == [
                "10.0.1.6 02:42:0a:00:01:06 10.77.0.2", "10.0.1.7 02:42:0a:00:01:07 10.77.0.3",
                "10.0.1.252 02:42:0a:00:01:fc 10.77.0.2", "10.0.1.253 02:42:0a:00:01:fd 10.77.0.3",
            ])
    }

    /// Their answers are to come by their nodes, which have to see both ways for that.
    @Test func tasksThatSeeClientsOfAllNodesAreSentToThroughTheirNodes() throws {
        var sample = NetworksSample()
        for number in [0, 1] {
            try sample.add(network: number, nodes: 2, isIngress: number == 0)
            try sample.add(service: "web", network: number, host: 2)
            try sample.add(task: "here", network: number, host: 5, on: 1)
            try sample.add(task: "there", network: number, host: 6, on: 2)
        }
        let usual = plan(sample).overlays
        #expect(usual.allSatisfy { $0.stations.allSatisfy { $0.router == nil } && !$0.acceptsOwnAddresses })
        for key in sample.all.services.keys { sample.all.services[key]?.keepsClientAddress = true }
        let keeping = plan(sample).overlays
        #expect(keeping[0].stations.map { $0.router.map { "\($0)" } } == ["02:42:0a:00:00:fc", nil])
        #expect(keeping[0].acceptsOwnAddresses && keeping[0].stations.map(\.mac) == usual[0].stations.map(\.mac))
        // There are no published ports in other networks.
        #expect(keeping[1] == usual[1])
    }

    /// The engine takes the first address in a subnet for the gateway.
    @Test func virtualAddressesComeBehindTheNodesOwn() throws {
        var sample = NetworksSample()
        try sample.add(network: 1)
        try sample.add(service: "web", network: 1, host: 3)
        try sample.add(service: "db", network: 1, host: 2)
        #expect(plan(sample).overlays[0].addresses.map(\.description) == ["10.0.1.251/24", "10.0.1.2/32", "10.0.1.3/32"])
    }

    @Test func anAddressThatTwoHaveForAMomentIsWhereItIsNeeded() throws {
        var sample = NetworksSample()
        try sample.add(network: 1, nodes: 3)
        try sample.add(task: "old", network: 1, host: 5, on: 2)
        try sample.add(task: "new", network: 1, host: 5, on: 1, isReady: false)
        try sample.add(task: "ended", network: 1, host: 6, on: 2, isReady: false)
        try sample.add(task: "begun", network: 1, host: 6, on: 3)
        let stations = plan(sample).overlays[0].stations
        #expect(!stations.contains { $0.address == IPAddress("10.0.1.5") })
        #expect(stations.first { $0.address == IPAddress("10.0.1.6") }?.underlay == IPAddress("10.77.0.3"))
    }

    @Test func packetsAreAsLargeAsTheUnderlayLeavesRoomFor() throws {
        var sample = NetworksSample()
        try sample.add(network: 1)
        try sample.add(network: 2, mtu: 1300)
        #expect(plan(sample, underlayMTU: 9000).overlays.map(\.mtu) == [8950, 1300])
        let key = NodeNetworks.Key(NetworksSample.id(1), "node-1")
        sample.all.peers[key]?.underlay = "fd00::1"
        #expect(plan(sample).overlays[0].mtu == 1430)
    }

    @Test func onlyTheRoutingMeshLetsLoopbackAddressesPass() throws {
        var sample = NetworksSample()
        try sample.add(network: 0, isIngress: true)
        try sample.add(network: 1)
        #expect(plan(sample).overlays.map(\.routesLoopback) == [true, false])
    }

    @Test func aNodeWhoseOwnUnderlayIsUnknownHasNoTunnel() throws {
        var sample = NetworksSample()
        try sample.add(network: 1)
        sample.all.peers[NodeNetworks.Key(NetworksSample.id(1), "node-1")] = nil
        #expect(plan(sample).overlays.map(\.tunnel) == [nil])
        sample.all.networks[NetworksSample.id(1)]?.address = "what"
        #expect(plan(sample) == .empty)
    }
}
