import Foundation
import Netlink
import SwarmModel
import SwarmSecurity
import Testing

@testable import SwarmAgent

/// WireGuard between nodes, and the tunnels that go through it.
struct EncryptionPlanTests {
    private static func key(_ number: UInt8) -> TunnelKey? { TunnelKey(bytes: [UInt8](repeating: number, count: 32)) }

    /// A network in clear, and an encrypted one, both with three nodes of which each has told a key.
    private func sample() throws -> NetworksSample {
        var sample = NetworksSample()
        try sample.add(network: 1, nodes: 3)
        try sample.add(network: 2, nodes: 3)
        sample.encrypt(network: 2)
        for node in 1...3 {
            sample.all.peers[NodeNetworks.Key(NetworksSample.id(2), "node-\(node)")]?.tunnelKey =
                Self.key(UInt8(node))?.publicText
        }
        return sample
    }

    private func plan(_ sample: NetworksSample, node: Int = 1, underlayMTU: Int = 1500) throws -> EncryptionPlan? {
        EncryptionPlan(
            sample.all, node: "node-\(node)", key: try #require(Self.key(UInt8(node))), underlayMTU: underlayMTU)
    }

    /// What a kernel has that has carried out a plan.
    private func device(_ plan: EncryptionPlan) -> WireGuardDevice {
        WireGuardDevice(name: "sww-nodes", publicKey: plan.publicKey, listenPort: plan.port, peers: plan.peers)
    }

    @Test func nodesWithoutEncryptedNetworksHaveNone() throws {
        var sample = NetworksSample()
        try sample.add(network: 1, nodes: 3)
        #expect(try plan(sample) == nil)
        #expect(EncryptionPlan.device.utf8.count < 16 && !LinkPlan.isOurs(EncryptionPlan.device))
    }

    @Test func eachNodeMaySendFromItsOwnAddressOnly() throws {
        let (one, two) = (try #require(try plan(sample())), try #require(try plan(sample(), node: 2)))
        #expect(one.port == 4790 && one.privateKey.bytes == [UInt8](repeating: 1, count: 32))
        #expect("\(one.address)".hasPrefix("fd73:7761:726d:") && one.address.length == 48)
        #expect(one.address.address != two.address.address)
        #expect(one.peers.map { $0.endpoint.map { "\($0.address):\($0.port)" } } == ["10.77.0.2:4790", "10.77.0.3:4790"])
        #expect(one.peers[0].publicKey == two.publicKey)
        #expect(one.peers[0].allowed == [IPPrefix(two.address.address, length: 128)])
        #expect(two.peers[0].allowed == [IPPrefix(one.address.address, length: 128)])
    }

    @Test func whoIsInNoEncryptedNetworkOrHasToldNoKeyIsNoPeer() throws {
        var sample = try sample()
        sample.all.peers[NodeNetworks.Key(NetworksSample.id(2), "node-3")] = nil
        sample.all.peers[NodeNetworks.Key(NetworksSample.id(1), "node-3")]?.tunnelKey = Self.key(3)?.publicText
        #expect(try plan(sample)?.peers.count == 1)
        for text in [nil, "", "no key", "AQID"] {
            sample.all.peers[NodeNetworks.Key(NetworksSample.id(2), "node-2")]?.tunnelKey = text
            #expect(try plan(sample)?.peers == [])
        }
        // Nobody takes over what is for another one.
        sample.all.peers[NodeNetworks.Key(NetworksSample.id(2), "node-2")]?.tunnelKey = Self.key(1)?.publicText
        #expect(try plan(sample)?.peers == [])
    }

    @Test func whatIsAsPlannedIsLeftAlone() throws {
        let plan = try #require(try plan(sample()))
        #expect(plan.changes(to: device(plan)) == nil)
        let first = try #require(plan.changes(to: WireGuardDevice(name: "sww-nodes")))
        #expect(first.privateKey == plan.privateKey && first.listenPort == 4790 && first.peers == plan.peers)
    }

    @Test func anotherKeyOfANodeTakesThePlaceOfItsFormerOne() throws {
        var sample = try sample()
        let before = try #require(try plan(sample))
        sample.all.peers[NodeNetworks.Key(NetworksSample.id(2), "node-2")]?.tunnelKey = Self.key(9)?.publicText
        let after = try #require(try plan(sample))
        let changes = try #require(after.changes(to: device(before)))
        #expect(changes.privateKey == nil && changes.listenPort == nil)
        #expect(changes.peers == [WireGuardPeer(publicKey: before.peers[0].publicKey, isRemoved: true), after.peers[0]])
        #expect(after.peers[0].allowed == before.peers[0].allowed)
        // A node that has moved keeps its key.
        sample.all.peers[NodeNetworks.Key(NetworksSample.id(2), "node-2")]?.underlay = "10.77.0.99"
        let moved = try #require(try plan(sample)?.changes(to: device(after)))
        #expect(moved.peers.map { $0.endpoint.map { "\($0.address)" } } == ["10.77.0.99"] && !moved.peers[0].isRemoved)
    }

    @Test func ownKeyAndPortAreSetAgainWhereTheyDiffer() throws {
        let plan = try #require(try plan(sample()))
        var found = device(plan)
        found.publicKey = nil
        #expect(plan.changes(to: found) == WireGuardSettings(privateKey: plan.privateKey))
        found = device(plan)
        found.listenPort = 51820
        #expect(plan.changes(to: found) == WireGuardSettings(listenPort: 4790))
    }

    @Test func rulesKeepItApartFromAllThatIsInClear() throws {
        var sample = try sample()
        let script = BalancingRules(NetworkPlaces(sample.all, nodeID: "node-1")).table.script
        let (one, two) = (IPAddress(withinTunnelsOf: "node-1"), IPAddress(withinTunnelsOf: "node-2"))
        #expect(script.contains("iifname \"sww-nodes\" ip6 daddr \(one) udp dport { 4789 } accept"))
        #expect(script.contains("udp dport { 4789 } @th,96,24 { 4098 } fib daddr type local counter drop"))
        // Who is believed to send VXLAN.
        #expect(script.contains("        \(two),") && !script.contains("        \(one),"))
        sample.all = sample.all.unencrypted
        let rest = BalancingRules(NetworkPlaces(sample.all, nodeID: "node-1")).table.script
        #expect(!rest.contains("sww-nodes") && !rest.contains("fd73:") && rest.contains("10.77.0.2"))
    }

    // MARK: - Tunnels within

    @Test func theTunnelOfAnEncryptedNetworkEndsWithinWireGuard() throws {
        var sample = try sample()
        try sample.add(task: "there", network: 2, host: 6, on: 2)
        let overlays = LinkPlan(sample.all, node: "node-1", underlayMTU: 1500).overlays
        let (clear, encrypted) = (overlays[0], overlays[1])
        let (one, two) = (try #require(try plan(sample)), try #require(try plan(sample, node: 2)))
        #expect(clear.tunnel?.vxlan.local == IPAddress("10.77.0.1"))
        #expect(clear.stations.allSatisfy { $0.underlay.isIPv4 })
        #expect(encrypted.tunnel?.vxlan.local == one.address.address)
        #expect(encrypted.stations.first { $0.address == IPAddress("10.0.2.6") }?.underlay == two.address.address)
        #expect(encrypted.stations.allSatisfy { $0.underlay != IPAddress("10.77.0.2") && !$0.underlay.isIPv4 })
    }

    /// Of 1500 bytes, IPv4, UDP and WireGuard take 60, then IPv6, UDP, VXLAN and Ethernet 70.
    @Test func aPacketFitsWithAllThatComesBeforeIt() throws {
        var sample = try sample()
        func mtu(_ underlay: Int) throws -> [Int?] {
            let plan = try plan(sample, underlayMTU: underlay)
            return [plan?.mtu] + LinkPlan(sample.all, node: "node-1", underlayMTU: underlay).overlays.map(\.mtu)
        }
        #expect(try mtu(1500) == [1440, 1450, 1370])
        #expect(try mtu(9000) == [8940, 8950, 8870])
        // IPv6 wants 1280, whatever a network's packets are.
        #expect(try mtu(1320) == [1280, 1270, 1190])
        for network in 1...2 { sample.all.peers[NodeNetworks.Key(NetworksSample.id(network), "node-1")]?.underlay = "fd00::1" }
        #expect(try mtu(1500) == [1420, 1430, 1350])
        sample.all.networks[NetworksSample.id(2)]?.mtu = 1300
        #expect(try mtu(1500) == [1420, 1430, 1300])
    }
}

extension NetworksSample {
    mutating func encrypt(network number: Int) { all.networks[Self.id(number)]?.isEncrypted = true }
}
