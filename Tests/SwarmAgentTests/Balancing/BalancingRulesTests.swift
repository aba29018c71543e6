import DockerAPI
import NFTables
import SwarmModel
import Testing

@testable import SwarmAgent

/// The rules as text, for what managers may tell.
struct BalancingRulesTests {
    /// The network of the routing mesh and one of users, with two services that are in both; one task of `web` is on another node.
    func networks() throws -> NodeNetworks {
        var networks = NodeNetworks()
        try networks.add(network: "mesh", own: "10.0.0.2/24", isIngress: true)
        try networks.add(network: "front", own: "10.0.1.2/24")
        networks.add(peer: "there", in: "mesh", underlay: "192.0.2.2")
        networks.add(peer: "far", in: "mesh", underlay: "192.0.2.3")
        try networks.add(service: "web", in: "mesh", virtualIP: "10.0.0.5", ports: [port(8080, to: 80)])
        try networks.add(service: "web", in: "front", virtualIP: "10.0.1.5", ports: [port(8080, to: 80)])
        for (task, number, node) in [("w1", 11, "here"), ("w2", 12, "there")] {
            try networks.add(task: task, of: "web", in: "mesh", "10.0.0.\(number)", on: node)
            try networks.add(task: task, of: "web", in: "front", "10.0.1.\(number)", on: node)
        }
        return networks
    }

    func port(_ published: UInt32, to target: UInt32, _ transport: String = "tcp", mode: String = "ingress") -> PortConfig {
        PortConfig(transport: transport, target: target, published: published, publishMode: mode)
    }

    /// What the rules are for these networks; `nft` has to take them, too.
    private func table(_ networks: NodeNetworks, withheld: Set<PublishedPort> = []) async throws -> Table {
        let table = BalancingRules(NetworkPlaces(networks, nodeID: NodeNetworks.here), withheld: withheld).table
        if Namespace.canBeMade { try await NFTCommand(FilterProgram(["unshare", "--net", "nft"])).check(table.script) }
        return table
    }

    @Test func theWholeTable() async throws {
        #expect(try await table(networks()).script == Self.golden)
    }

    @Test func theOrderInWhichThingsAreToldMakesNoDifference() throws {
        let networks = try networks()
        for _ in 0..<5 {
            // Dictionaries have another order each time.
            var other = NodeNetworks()
            for (key, value) in networks.endpoints.shuffled() { other.endpoints[key] = value }
            for (key, value) in networks.services.shuffled() { other.services[key] = value }
            for (key, value) in networks.networks.shuffled() { other.networks[key] = value }
            for (key, value) in networks.peers.shuffled() { other.peers[key] = value }
            #expect(BalancingRules(NetworkPlaces(other, nodeID: "here")).table.script == Self.golden)
        }
    }

    @Test func nothingIsLeftWithoutNetworks() throws {
        let places = NetworkPlaces(NodeNetworks(), nodeID: "here")
        #expect(BalancingRules(places).table.script == "table inet swarmd\ndelete table inet swarmd\n")
    }

    @Test func aServiceWithOneTaskReadyLeadsThere() async throws {
        var networks = try networks()
        networks.endpoints[.init("front", "w1")]?.isReady = false
        networks.endpoints[.init("mesh", "w1")]?.isReady = false
        let table = try await table(networks)
        #expect(table["vip-10.0.1.5"] == ["meta l4proto { tcp, udp, sctp } dnat ip to 10.0.1.12"])
        #expect(table["port-tcp-8080"] == ["meta l4proto tcp dnat ip to 10.0.0.12:80"])
        // Its container is still there, and may have connections.
        #expect(table.elements("reachable") == ["10.0.0.11"])
    }

    @Test func aServiceWithoutTasksReadyIsRefused() async throws {
        var networks = try networks()
        for key in networks.endpoints.keys { networks.endpoints[key]?.isReady = false }
        let table = try await table(networks)
        #expect(table["vip-10.0.1.5"] == nil)
        #expect(table.elements("virtual") == ["10.0.0.5", "10.0.1.5"])
        #expect(table.elements("balanced") == [])
        #expect(table.elements("published") == [])
        #expect(table.elements("unready") == ["tcp . 8080"])
    }

    @Test func aServiceWithoutAVirtualAddressIsAMatterOfNamesOnly() async throws {
        var networks = try networks()
        try networks.add(service: "names", in: "front", virtualIP: nil, mode: "dnsrr")
        try networks.add(task: "n1", of: "names", in: "front", "10.0.1.31")
        #expect(try await table(networks).chains.allSatisfy { !$0.rules.joined().contains("10.0.1.31") })
    }

    @Test func portsOnTheirTasksNodesAreLeftToTheEngine() async throws {
        var networks = try networks()
        try networks.add(
            service: "web", in: "mesh", virtualIP: "10.0.0.5", ports: [port(8080, to: 80, mode: "host"), port(81, to: 80)])
        let table = try await table(networks)
        #expect(table.elements("published") == ["tcp . 81 : goto port-tcp-81"])
        #expect(PublishedPort.all(of: networks).map(\.description) == ["81/tcp"])
    }

    @Test func aServiceHasAsManyPortsAsItLikes() async throws {
        var networks = try networks()
        try networks.add(
            service: "web", in: "mesh", virtualIP: "10.0.0.5",
            ports: [
                port(8080, to: 80), port(53, to: 5353, "udp"), port(53, to: 53, "tcp"), port(3868, to: 3868, "sctp"),
                port(81, to: 80),
            ])
        let table = try await table(networks)
        #expect(
            table.elements("published") == [
                "sctp . 3868 : goto port-sctp-3868", "tcp . 53 : goto port-tcp-53", "tcp . 8080 : goto port-tcp-8080",
                "tcp . 81 : goto port-tcp-81", "udp . 53 : goto port-udp-53",
            ])
        #expect(
            table["port-udp-53"] == [
                "meta l4proto udp dnat ip to numgen inc mod 2 map { 0 : 10.0.0.11 . 5353, 1 : 10.0.0.12 . 5353 }"
            ])
        #expect(
            table["port-sctp-3868"] == [
                "meta l4proto sctp dnat ip to numgen inc mod 2 map { 0 : 10.0.0.11 . 3868, 1 : 10.0.0.12 . 3868 }"
            ])
    }

    @Test func aPortThatAnotherProgramHasIsNotTakenFromIt() async throws {
        let table = try await table(networks(), withheld: [PublishedPort(transport: .tcp, number: 8080)])
        #expect(table.elements("published") == [])
        #expect(table.elements("unready") == [])
    }

    @Test func anInternalNetworkIsLeftByThoseOnlyWhoAreInAnotherOneToo() async throws {
        var networks = try networks()
        try networks.add(network: "back", own: "10.0.2.2/24", isInternal: true)
        try networks.add(service: "db", in: "back", virtualIP: "10.0.2.5")
        try networks.add(task: "d1", of: "db", in: "back", "10.0.2.11")
        try networks.add(task: "w1", of: "web", in: "back", "10.0.2.12")
        try networks.add(task: "w2", of: "web", in: "back", "10.0.2.13", on: "there")
        let table = try await table(networks)
        #expect(table.elements("internal") == ["\"swb-back\""])
        // With all its addresses, because it may use any of them.
        #expect(table.elements("connected") == ["10.0.0.11", "10.0.1.11", "10.0.2.12"])
    }

    @Test func aNameThatRulesCannotBeWrittenWithDoesNoHarm() async throws {
        var networks = try networks()
        networks.networks["front"]?.name =
            "a \"b\" }\n\\ " + String(repeating: "é", count: 300) + String(repeating: "x", count: 300)
        #expect(try await table(networks)["vip-10.0.1.5"] != nil)
    }
}

extension Table {
    /// The rules of a chain.
    subscript(chain: String) -> [String]? { chains.first { $0.name == chain }?.rules }

    func elements(_ lookup: String) -> [String]? { lookups.first { $0.name == lookup }?.elements.sorted() }
}
