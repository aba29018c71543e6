import NFTables
import Netlink
import NetworkNamespaces
import SwarmModel
import Testing

@testable import SwarmAgent

/// Encrypted networks between hosts that are network namespaces. In the place of WireGuard, which not every kernel has, there is a cable of
/// its own with that name: what goes over it is what WireGuard would carry, and nothing of it may go over the other one.
@Suite(.enabled(if: NetworkNamespace.areAvailable, "needs root, to make network namespaces"))
struct EncryptionKernelTests {
    private let hosts: [NetworkNamespace]
    private let tables: [LinkTable]
    private var sample = NetworksSample()

    init() async throws {
        hosts = try [NetworkNamespace(), NetworkNamespace()]
        try NetworkNamespace.join((hosts[0], "eth0"), (hosts[1], "eth0"))
        try NetworkNamespace.join((hosts[0], EncryptionPlan.device), (hosts[1], EncryptionPlan.device), mtu: 1440)
        for (index, host) in hosts.enumerated() {
            try host.sh("ip addr add 10.77.0.\(index + 1)/24 dev eth0")
            let inner = (1...2).map { IPAddress(withinTunnelsOf: "node-\($0)") }
            let device = EncryptionPlan.device
            try host.sh(
                "ip link set \(device) address 02:00:00:00:00:0\(index) && ip addr add \(inner[index])/48 dev \(device) nodad")
            // WireGuard asks nobody for a MAC address.
            try host.sh("ip neigh replace \(inner[1 - index]) lladdr 02:00:00:00:00:0\(1 - index) dev \(device)")
        }
        tables = try hosts.map { try $0.run { try LinkTable() } }
        try sample.add(network: 1)
        sample.encrypt(network: 1)
        // Which comes in clear, and has the kernel listen for it.
        try sample.add(network: 2)
        try sample.add(task: "a", network: 1, host: 5, on: 1)
        try sample.add(task: "b", network: 1, host: 6, on: 2)
        for number in 1...2 {
            #expect(
                await tables[number - 1].make(LinkPlan(networks(number), node: "node-\(number)", underlayMTU: 1500)).problems
                    == [])
            try await seal(number)
        }
    }

    /// What a node of the sample sees: its own address is its own.
    private func networks(_ number: Int) -> NodeNetworks {
        var all = sample.all
        for network in 1...2 { all.networks[NetworksSample.id(network)]?.address = "10.0.\(network).\(250 + number)/24" }
        return all
    }

    /// Loads the rules on a node.
    private func seal(_ number: Int) async throws {
        let script = BalancingRules(NetworkPlaces(networks(number), nodeID: "node-\(number)")).table.script
        try hosts[number - 1].sh("nft -f - <<'EOF'\n\(script)EOF")
    }

    /// A container 10.0.1.<host> with its planned MAC, as a port of the bridge on a node.
    private func container(_ host: Int, on node: Int) throws -> NetworkNamespace {
        let container = try NetworkNamespace()
        try NetworkNamespace.join((hosts[node - 1], "veth\(host)"), (container, "eth0"), mtu: 1370)
        try hosts[node - 1].sh("ip link set veth\(host) master \(LinkPlan.bridge(of: NetworksSample.id(1)))")
        let mac = MACAddress(overlay: IPv4Address(0x0A00_0100 + UInt32(host)))
        try container.sh("ip link set eth0 address \(mac) && ip addr add 10.0.1.\(host)/24 dev eth0")
        return container
    }

    private func reaches(_ from: NetworkNamespace, _ address: String, size: Int = 56) -> Bool {
        (try? from.sh("busybox ping -c 1 -W 2 -s \(size) \(address)")) != nil
    }

    @Test func packetsGoThroughTheDeviceOrNowhere() async throws {
        let one = try container(5, on: 1)
        let two = try container(6, on: 2)
        #expect(reaches(one, "10.0.1.6"))
        #expect(reaches(two, "10.0.1.5", size: 1370 - 28))
        // Another way to the same addresses is not taken while the device is missing.
        let inner = (1...2).map { IPAddress(withinTunnelsOf: "node-\($0)") }
        for number in 1...2 {
            try hosts[number - 1].sh("ip link set \(EncryptionPlan.device) down")
            try hosts[number - 1].sh("ip addr add \(inner[number - 1])/48 dev eth0 nodad")
        }
        #expect(!reaches(one, "10.0.1.6"))
        let rules = try hosts[0].sh("nft list chain inet swarmd sealed-out")
        #expect(!rules.contains("packets 0 "), "\(rules)")
    }

    @Test func whatComesInClearIsNotTaken() async throws {
        let one = try container(5, on: 1)
        #expect(reaches(one, "10.0.1.252"))
        // The other node sends frames of the network as those of networks in clear are sent.
        let tunnel = LinkPlan.tunnel(of: NetworksSample.id(1))
        let mac = MACAddress(overlay: IPv4Address(0x0A00_0105))
        try hosts[1].sh("nft delete table inet swarmd && ip link del \(tunnel)")
        try hosts[1].sh(
            "ip link add plain type vxlan id 4097 dstport 4789 local 10.77.0.2 nolearning && ip addr add 10.0.1.7/24 dev plain")
        try hosts[1].sh("ip link set plain up && bridge fdb add \(mac) dev plain dst 10.77.0.1")
        try hosts[1].sh("ip link del \(LinkPlan.bridge(of: NetworksSample.id(1)))")
        try hosts[1].sh("ip neigh replace 10.0.1.5 lladdr \(mac) dev plain")
        /// How often the container was asked for an echo.
        func count() throws -> String { try one.sh("awk '/^Icmp:/ { print $10 }' /proc/net/snmp") }
        let before = try count()
        #expect(!reaches(hosts[1], "10.0.1.5"))
        #expect(try count() == before)
        let rules = try hosts[0].sh("nft list chain inet swarmd sealed-in")
        #expect(rules.contains("packets 1 "), "\(rules)")
        // And without rules, the kernel takes it for nobody's.
        try hosts[0].sh("nft delete table inet swarmd")
        #expect(!reaches(hosts[1], "10.0.1.5"))
        #expect(try count() == before)
    }
}
