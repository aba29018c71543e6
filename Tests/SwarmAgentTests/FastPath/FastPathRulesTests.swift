import NFTables
import Netlink
import SwarmModel
import Testing

@testable import SwarmAgent

/// The fast path's rules as text.
struct FastPathRulesTests {
    /// A network on two nodes with two containers here and one there, and one without containers here.
    private let plan: LinkPlan
    private let bridge = LinkPlan.bridge(of: NetworksSample.id(1))

    init() throws {
        var sample = NetworksSample()
        for number in 1...2 { try sample.add(network: number, nodes: 2) }
        for host in [5, 6] { try sample.add(task: "here\(host)", network: 1, host: host, on: 1) }
        for number in 1...2 { try sample.add(task: "there\(number)", network: number, host: 7, on: 2) }
        plan = LinkPlan(sample.all, node: "node-1", underlayMTU: 1500)
    }

    private func port(_ name: String, _ host: Int) -> ContainerPort {
        ContainerPort(bridge: bridge, name: name, mac: MACAddress(overlay: IPv4Address(0x0A00_0100 + UInt32(host))))
    }

    @Test func theWholeTable() {
        let rules = FastPathRules(plan, [port("veth2", 6), port("veth1", 5)])
        #expect(
            rules.script == """
                table netdev swarmd
                delete table netdev swarmd
                table netdev swarmd {
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
        #expect(FastPathRules(plan, [port("veth1", 5), port("veth2", 6), port("veth1", 5)]) == rules, "in any order, also twice")
    }

    @Test func whoeverIsHeardAtTwoPortsIsLeftToTheBridge() {
        let rules = FastPathRules(plan, [port("veth1", 5), port("veth2", 6), port("veth2", 5)])
        #expect(rules == FastPathRules(plan, [port("veth2", 6)]))
    }

    @Test func withoutContainersThereIsNone() {
        #expect(FastPathRules(plan, []).script == FastPathRules.table.removal)
        #expect(FastPathRules(.empty, [port("veth1", 5)]).table == nil)
    }
}
