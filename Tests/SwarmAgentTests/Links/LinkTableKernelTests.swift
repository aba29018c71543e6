import Foundation
import Netlink
import NetworkNamespaces
import SwarmModel
import Testing

@testable import SwarmAgent

/// Overlay networks between hosts that are network namespaces, with "containers" that are namespaces, too.
@Suite(.enabled(if: NetworkNamespace.areAvailable, "needs root, to make network namespaces"))
struct LinkTableKernelTests {
    private let hosts: [NetworkNamespace]
    private let tables: [LinkTable]
    private var sample = NetworksSample()

    init() throws {
        hosts = try [NetworkNamespace(), NetworkNamespace()]
        try NetworkNamespace.join((hosts[0], "eth0"), (hosts[1], "eth0"))
        for (index, host) in hosts.enumerated() { try host.sh("ip addr add 10.77.0.\(index + 1)/24 dev eth0") }
        tables = try hosts.map { try $0.run { try LinkTable() } }
    }

    /// What a node of the sample sees: its own address is its own.
    private func plan(_ number: Int) -> LinkPlan {
        var all = sample.all
        for (id, network) in all.networks {
            all.networks[id]?.address = network.address.replacing("251", with: "\(250 + number)")
        }
        return LinkPlan(all, node: "node-\(number)", underlayMTU: 1500)
    }

    /// Makes both nodes as planned, and gives how many changes it took.
    @discardableResult
    private func make() async -> [Int] {
        var changes: [Int] = []
        for (index, table) in tables.enumerated() {
            let outcome = await table.make(plan(index + 1))
            #expect(outcome.problems.isEmpty)
            changes.append(outcome.changes)
        }
        return changes
    }

    /// A container 10.0.1.<host> with its planned MAC, as a port of the bridge on a node, as the engine makes one.
    private func container(_ host: Int, on node: Int) throws -> NetworkNamespace {
        let container = try NetworkNamespace()
        try NetworkNamespace.join((hosts[node - 1], "veth\(host)"), (container, "eth0"), mtu: 1450)
        try hosts[node - 1].sh("ip link set veth\(host) master \(LinkPlan.bridge(of: NetworksSample.id(1)))")
        let mac = MACAddress(overlay: IPv4Address(0x0A00_0100 + UInt32(host)))
        try container.sh(
            "ip link set eth0 address \(mac) && ip addr add 10.0.1.\(host)/24 dev eth0 && ip route add default via 10.0.1.\(250 + node)"
        )
        return container
    }

    private func reaches(_ from: NetworkNamespace, _ address: String, size: Int = 56) -> Bool {
        (try? from.sh("busybox ping -c 1 -W 2 -s \(size) \(address)")) != nil
    }

    @Test mutating func containersReachEachOtherAcrossNodes() async throws {
        try sample.add(network: 1)
        try sample.add(task: "a", network: 1, host: 5, on: 1)
        try sample.add(task: "b", network: 1, host: 6, on: 2)
        await make()
        let one = try container(5, on: 1)
        let two = try container(6, on: 2)
        #expect(reaches(one, "10.0.1.6"))
        #expect(reaches(two, "10.0.1.5"))
        // A packet as large as the network's: 28 bytes are headers. And another node's own address.
        #expect(reaches(one, "10.0.1.6", size: 1422))
        #expect(reaches(one, "10.0.1.252"))
        #expect(reaches(hosts[0], "10.0.1.6"))
        let text = String(repeating: "all of it, in order. ", count: 20_000)
        #expect(try Exchange.carry(text, from: one, to: two, at: "10.0.1.6", port: 7000) == text)
        // Whoever has this is known, and nobody is asked through the tunnel.
        #expect(try one.sh("ip neigh show 10.0.1.6").contains("02:42:0a:00:01:06"))
    }

    @Test mutating func whatIsMadeStaysAndWhatGoesIsTakenAway() async throws {
        try sample.add(network: 1)
        try sample.add(network: 2)
        try sample.add(task: "b", network: 1, host: 6, on: 2)
        try sample.add(service: "web", network: 1, host: 2)
        #expect(await make().allSatisfy { $0 > 0 })
        #expect(await make() == [0, 0])
        sample.remove(task: "b", network: 1)
        #expect(await make() == [3, 0])
        #expect(try !hosts[0].sh("bridge fdb show; ip neigh show").contains("02:42:0a:00:01:06"))
        sample.all.networks[NetworksSample.id(2)] = nil
        await make()
        #expect(try hosts[0].sh("ip -o link").contains("swb-network1ab"))
        #expect(try !hosts[0].sh("ip -o link").contains("network2"))
        for table in tables { #expect(await table.removeAll().problems.isEmpty) }
        #expect(try !hosts[0].sh("ip -o link").contains("sw"))
        #expect(try hosts[0].sh("ip -o link").contains("eth0"))
    }

    @Test mutating func whatOthersHaveChangedIsRepaired() async throws {
        try sample.add(network: 1)
        try sample.add(task: "a", network: 1, host: 5, on: 1)
        try sample.add(task: "b", network: 1, host: 6, on: 2)
        try sample.add(service: "web", network: 1, host: 2)
        await make()
        let one = try container(5, on: 1)
        let two = try container(6, on: 2)
        let (bridge, tunnel) = ("swb-network1ab", "swv-network1ab")
        let mac = "02:42:0a:00:01:06"
        let damages = [
            "ip link del \(tunnel)", "ip link set \(tunnel) nomaster", "ip link set \(tunnel) down", "ip link set \(bridge) down",
            "bridge fdb del \(mac) dev \(tunnel) self", "bridge fdb del \(mac) dev \(tunnel) master",
            "bridge fdb replace \(mac) dev \(tunnel) dst 10.77.0.9 self", "ip neigh del 10.0.1.6 dev \(bridge)",
            "ip neigh replace 10.0.1.6 lladdr 02:00:00:00:00:01 dev \(bridge) nud permanent", "ip addr flush dev \(bridge)",
            "ip addr add 10.0.1.6/32 dev \(bridge)", "bridge link set dev \(tunnel) learning on flood on neigh_suppress off",
            "ip link set \(bridge) address 02:00:00:00:00:02", "ip link set \(bridge) mtu 1300",
            "ip link del \(tunnel) && ip link add \(tunnel) type vxlan id 4097 dstport 4790 local 10.77.0.1 nolearning",
            "ip neigh add 10.0.1.77 lladdr \(mac) dev \(bridge) nud permanent", "ip link add swb-strange type bridge",
        ]
        for damage in damages {
            try hosts[0].sh(damage)
            #expect(await make()[0] > 0, "\(damage)")
            #expect(await make()[0] == 0, "\(damage)")
            try one.sh("ip neigh flush all")
            #expect(reaches(one, "10.0.1.6"), "\(damage)")
        }
        #expect(reaches(two, "10.0.1.5"))
        #expect(try hosts[0].sh("ip -o link show master \(bridge)").contains("veth5"))
    }

    /// As the engine does with networks that it finds again, and with those whose bridge it makes itself.
    @Test mutating func aBridgeThatTheEngineHasMadeIsTakenOver() async throws {
        try sample.add(network: 1)
        try sample.add(service: "web", network: 1, host: 2)
        let bridge = "swb-network1ab"
        try hosts[0].sh(
            "ip link add \(bridge) type bridge && ip addr add 10.0.1.251/24 dev \(bridge) && ip link set \(bridge) up && "
                + "echo 1 > /proc/sys/net/ipv4/conf/\(bridge)/route_localnet")
        let index = try hosts[0].sh("ip -o link show \(bridge)").prefix { $0 != ":" }
        await make()
        #expect(try hosts[0].sh("ip -o link show \(bridge)").prefix { $0 != ":" } == index)
        #expect(try hosts[0].sh("ip -o link show \(bridge)").contains("02:42:0a:00:01:fb"))
        #expect(
            try hosts[0].sh("cat /proc/sys/net/ipv4/conf/\(bridge)/route_localnet /proc/sys/net/ipv4/conf/\(bridge)/rp_filter")
                == "1\n2\n")
        func order() throws -> [Substring] {
            try hosts[0].sh("ip -o -4 addr show dev \(bridge)").split(separator: "\n").compactMap {
                $0.split(separator: " ").dropFirst(3).first
            }
        }
        #expect(try order() == ["10.0.1.251/24", "10.0.1.2/32"])
        try hosts[0].sh("ip addr del 10.0.1.251/24 dev \(bridge) && ip addr add 10.0.1.251/24 dev \(bridge)")
        #expect(try order() == ["10.0.1.2/32", "10.0.1.251/24"])
        await make()
        #expect(try order() == ["10.0.1.251/24", "10.0.1.2/32"])
    }

    @Test mutating func aNumberThatAnotherTunnelHasIsSaidAndKeepsNoOtherNetworkFromBeingMade() async throws {
        try sample.add(network: 1)
        try sample.add(network: 2)
        try hosts[0].sh("ip link add other type vxlan id 4097 dstport 4789 local 10.77.0.1 && ip link set other up")
        let outcome = await tables[0].make(plan(1))
        #expect(outcome.problems.map(\.bridge) == ["swb-network1ab"])
        #expect(outcome.problems.first?.description.contains("the specified VNI already exists") == true)
        #expect(try hosts[0].sh("ip -o link").contains("swv-network2ab"))
        try hosts[0].sh("ip link del other")
        #expect(await tables[0].make(plan(1)).problems.isEmpty)
    }

    @Test func theUnderlaysPacketsAreAsLargeAsItsLinkSays() async throws {
        try hosts[0].sh("ip link set eth0 mtu 1404")
        #expect(try await tables[0].underlayMTU(of: #require(IPAddress("10.77.0.1"))) == 1404)
        #expect(try await tables[0].underlayMTU(of: #require(IPAddress("10.77.0.99"))) == nil)
    }

    /// Not a limit, a figure: it is printed.
    @Test mutating func aHundredEndpointsTakeOnePass() async throws {
        try sample.add(network: 1)
        for host in 1...100 { try sample.add(task: "task\(host)", network: 1, host: host, on: 2) }
        let plan = plan(1)
        let clock = ContinuousClock()
        var made: LinkOutcome?
        let first = await clock.measure { made = await tables[0].make(plan) }
        let second = await clock.measure { made?.changes += await tables[0].make(plan).changes }
        print("a network with 100 endpoints: made in \(first), looked through in \(second)")
        #expect(made?.problems == [] && made?.changes ?? 0 > 300)
        #expect(try hosts[0].sh("bridge fdb show dev swv-network1ab | grep -c 'dst 10.77.0.2'") == "101\n")
    }
}
