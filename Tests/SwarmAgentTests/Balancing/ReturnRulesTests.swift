import NFTables
import SwarmModel
import Testing

@testable import SwarmAgent

/// The rules as text that take answers back to the nodes that requests have come by.
struct ReturnRulesTests {
    /// The network of the routing mesh on three nodes, with two services of which the first may be asked to keep clients' addresses.
    private func networks(keeps: Bool?, subnet: String? = nil) throws -> NodeNetworks {
        var networks = NodeNetworks()
        try networks.add(network: "mesh", own: "10.0.0.2/24", isIngress: true)
        if let subnet { networks.networks["mesh"]?.subnet = subnet }
        networks.add(peer: "there", in: "mesh", underlay: "192.0.2.2", address: "10.0.0.3/24")
        networks.add(peer: "far", in: "mesh", underlay: "192.0.2.3", address: "10.0.0.4/24")
        for (service, number) in [("web", 10), ("app", 20)] {
            try networks.add(
                service: service, in: "mesh", virtualIP: "10.0.0.\(number)",
                ports: [.init(transport: "tcp", target: 80, published: 8000 + UInt32(number), publishMode: "ingress")])
            try networks.add(task: "\(service)1", of: service, in: "mesh", "10.0.0.\(number + 1)")
            try networks.add(task: "\(service)2", of: service, in: "mesh", "10.0.0.\(number + 2)", on: "there")
        }
        networks.services[.init("mesh", "web")]?.keepsClientAddress = keeps
        return networks
    }

    @Test func theWholeTable() async throws {
        let script = ReturnRules(NetworkPlaces(try networks(keeps: true), nodeID: NodeNetworks.here)).table.script
        #expect(script == Self.golden)
        if Namespace.canBeMade { try await NFTCommand(FilterProgram(["unshare", "--net", "nft"])).check(script) }
    }

    @Test func theOrderInWhichThingsAreToldMakesNoDifference() throws {
        let networks = try networks(keeps: true)
        for _ in 0..<5 {
            var other = networks
            other.peers = [:]
            for (key, value) in networks.peers.shuffled() { other.peers[key] = value }
            #expect(ReturnRules(NetworkPlaces(other, nodeID: "here")).table.script == Self.golden)
        }
    }

    @Test func onlyTasksOfServicesThatAskForItSeeClientsOfOtherNodes() throws {
        func reachable(_ networks: NodeNetworks) -> [String]? {
            BalancingRules(NetworkPlaces(networks, nodeID: "here")).table.elements("reachable")
        }
        #expect(try reachable(networks(keeps: nil)) == ["10.0.0.11", "10.0.0.21"])
        #expect(try reachable(networks(keeps: true)) == ["10.0.0.11", "10.0.0.12", "10.0.0.21"])
    }

    @Test func thereIsNothingWhereNobodyAsksForIt() throws {
        for networks in [NodeNetworks(), try networks(keeps: nil), try networks(keeps: false)] {
            let places = NetworkPlaces(networks, nodeID: "here")
            #expect(ReturnRules(places).table.script == "table ip swarmd\ndelete table ip swarmd\n")
        }
    }

    /// There would be nodes that differ in the bits only that a mark has no room for.
    @Test func inAVeryLargeNetworkItIsAsWithoutTheLabel() throws {
        for (subnet, isKept) in [("10.0.0.0/16", true), ("10.0.0.0/15", false)] {
            let networks = try networks(keeps: true, subnet: subnet)
            let places = NetworkPlaces(networks, nodeID: "here")
            #expect(ReturnRules(places).table.isEmpty != isKept)
            #expect(BalancingRules(places).table.elements("reachable")?.contains("10.0.0.12") == isKept)
            #expect(LinkPlan(networks, node: "here", underlayMTU: 1500).overlays[0].acceptsOwnAddresses == isKept)
        }
    }

    private static let golden = """
        table ip swarmd
        delete table ip swarmd
        table ip swarmd {
            set subnets {
                type ipv4_addr
                flags interval
                elements = {
                    10.0.0.0/24,
                }
            }

            map entries {
                type ether_addr : verdict
                elements = {
                    02:42:0a:00:00:03 : goto from-10.0.0.3,
                    02:42:0a:00:00:04 : goto from-10.0.0.4,
                }
            }

            map ways {
                type mark : ipv4_addr
                elements = {
                    0x00000300 : 10.0.0.3,
                    0x00000400 : 10.0.0.4,
                }
            }

            chain from-10.0.0.3 {
                ct mark set ct mark & 0xff0000ff | 0x00000300
            }

            chain from-10.0.0.4 {
                ct mark set ct mark & 0xff0000ff | 0x00000400
            }

            chain back {
                dup to ct mark & 0x00ffff00 map @ways
                drop
            }

            chain prerouting {
                type filter hook prerouting priority -199; policy accept;
                ct direction reply ct mark & 0x00ffff00 != 0 goto back
                iifname "swb-mesh" ct direction original ip saddr != @subnets ether saddr vmap @entries
                iifname "swb-mesh" fib saddr type local counter drop
            }
        }

        """
}
