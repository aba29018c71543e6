import NFTables
import Netlink
import SwarmModel
import Testing

@testable import SwarmAgent

/// The fast path's rules as text.
struct FastPathRulesTests {
    /// A network on two nodes with two containers here and one there, and one without containers here.
    private let plan: LinkPlan

    init() throws {
        var sample = NetworksSample()
        for number in 1...2 { try sample.add(network: number, nodes: 2) }
        for host in [5, 6] { try sample.add(task: "here\(host)", network: 1, host: host, on: 1) }
        for number in 1...2 { try sample.add(task: "there\(number)", network: number, host: 7, on: 2) }
        plan = LinkPlan(sample.all, node: "node-1", underlayMTU: 1500)
    }

    /// What has become of it, with containers 10.0.1.<host> at ports of the network that is in use.
    private func links(_ ports: [(name: String, host: Int)], index: Int32 = 7) -> ContainerPorts {
        var found = ContainerPorts()
        found.tunnels = [LinkPlan.tunnel(of: NetworksSample.id(1)): index]
        found.all = ports.map { name, host in
            let mac = MACAddress(overlay: IPv4Address(0x0A00_0100 + UInt32(host)))
            return ContainerPort(bridge: LinkPlan.bridge(of: NetworksSample.id(1)), name: name, index: 8, mac: mac)
        }
        return found
    }

    private func rules(_ ports: (name: String, host: Int)...) -> FastPathRules { FastPathRules(plan, links(ports)) }

    @Test func theWholeTable() {
        let rules = self.rules(("veth2", 6), ("veth1", 5))
        #expect(
            rules.table.script == """
                table netdev swarmd-fast-path
                delete table netdev swarmd-fast-path
                table netdev swarmd-fast-path {
                    map containers-swb-network1ab {
                        type ether_addr : iface_index
                        elements = {
                            02:42:0a:00:01:05 : "veth1",
                            02:42:0a:00:01:06 : "veth2",
                            02:42:0a:00:01:07 : "swv-network1ab",
                            02:42:0a:00:01:fc : "swv-network1ab",
                        }
                    }

                    map tunnel-swb-network1ab {
                        type ether_addr : iface_index
                        elements = {
                            02:42:0a:00:01:05 : "veth1",
                            02:42:0a:00:01:06 : "veth2",
                        }
                    }

                    chain containers-swb-network1ab {
                        type filter hook ingress devices = { "veth1", "veth2" } priority filter; policy accept;
                        fwd to ether daddr map @containers-swb-network1ab
                    }

                    chain tunnel-swb-network1ab {
                        type filter hook ingress devices = { "swv-network1ab" } priority filter; policy accept;
                        fwd to ether daddr map @tunnel-swb-network1ab
                    }
                }

                """)
        #expect(self.rules(("veth1", 5), ("veth2", 6), ("veth1", 5)) == rules, "in any order, also twice")
    }

    @Test func whoeverIsHeardAtTwoPortsIsLeftToTheBridge() {
        #expect(rules(("veth1", 5), ("veth2", 6), ("veth2", 5)) == rules(("veth2", 6)))
    }

    @Test func anotherLinkOfTheSameNameIsAnotherOne() {
        let ports = [(name: "veth1", host: 5)]
        #expect(FastPathRules(plan, links(ports)) != FastPathRules(plan, links(ports, index: 9)))
    }

    @Test func aChainHasAsManyDevicesAsTheKernelTakes() throws {
        let table = FastPathRules(plan, links((1...600).map { ("veth\($0)", $0) })).table
        #expect(table.chains.map { $0.hook?.split(separator: "veth").count ?? 0 } == [257, 257, 89, 1])
        #expect(Set(table.chains.map(\.name)).count == 4)
        #expect(table.lookups.map(\.elements.count) == [602, 600])
    }

    @Test func withoutContainersThereIsNone() {
        #expect(rules().table == FastPathRules.none)
        #expect(FastPathRules(.empty, links([("veth1", 5)])).table == FastPathRules.none)
    }
}
