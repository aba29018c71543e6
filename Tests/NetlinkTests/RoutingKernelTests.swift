import Foundation
import Netlink
import NetworkNamespaces
import Testing

/// Rules, routes and tracked connections as the kernel takes them, in namespaces of the test's own.
@Suite(.enabled(if: NetworkNamespace.areAvailable, "needs root, to make network namespaces"))
struct RoutingKernelTests {
    private let host: NetworkNamespace
    private let route: RouteConnection

    init() throws {
        host = try NetworkNamespace()
        route = try host.run { try RouteConnection() }
    }

    @Test func rulesByMarkLeadToTablesOfTheirOwn() throws {
        let rule = PolicyRule(priority: 100, mark: PolicyRule.Mark(0x2377, mask: 0xFFFF), table: 2377)
        try route.add(rule)
        try route.add(rule)
        #expect(try route.rules().filter { $0.priority == 100 } == [rule])
        #expect(try host.sh("ip rule show priority 100") == "100:\tfrom all fwmark 0x2377/0xffff lookup 2377\n")
        try route.remove(rule)
        try route.remove(rule)
        #expect(try route.rules().map(\.table) == [255, 254, 253])
    }

    @Test func routesAreMadeReplacedAndRemoved() throws {
        try host.sh("ip link add dummy type bridge && ip addr add 10.0.9.1/24 dev dummy && ip link set dummy up")
        let link = try #require(try route.link(named: "dummy")).index
        let everything = try #require(IPPrefix("0.0.0.0/0"))
        let block = try #require(IPPrefix("10.5.0.0/16"))
        try route.replace(Route(everything, via: IPAddress("10.0.9.7"), link: link, table: 2377))
        let better = Route(everything, via: IPAddress("10.0.9.8"), link: link, table: 2377)
        let direct = Route(block, link: link, source: IPAddress("10.0.9.1"), table: 2377)
        try route.replace(better)
        try route.replace(direct)
        #expect(Set(try route.routes(table: 2377)) == [better, direct])
        let shown = try host.sh("ip route show table 2377")
        #expect(
            shown.contains("default via 10.0.9.8 dev dummy")
                && shown.contains("10.5.0.0/16 dev dummy proto static scope link src 10.0.9.1"))
        #expect(try route.routes().map(\.destination.description) == ["10.0.9.0/24"])
        for _ in 1...2 { for gone in [better, direct] { try route.remove(gone) } }
        #expect(try route.routes(table: 2377).isEmpty)
    }

    /// A client that keeps its port, and a server that is translated to another one: the next packet goes there only once the connection
    /// is forgotten.
    @Test func forgottenConnectionsAreTranslatedAnew() throws {
        try host.sh("ip addr add 10.9.9.1/32 dev lo; ip addr add 10.9.9.2/32 dev lo; ip addr add 10.9.9.9/32 dev lo")
        func translate(to backend: String) throws {
            try host.sh(
                "nft 'add table ip t; delete table ip t; table ip t { chain o { type nat hook output priority -100; "
                    + "ip daddr 10.9.9.9 dnat to \(backend); }; }'")
        }
        let servers = try ["10.9.9.1", "10.9.9.2"].map { address in try host.run { try Datagrams(at: address, port: 700) } }
        let client = try host.run { try Datagrams(at: "127.0.0.1", port: 701, bound: false) }
        let conntrack = try host.run { try ConntrackConnection() }
        try translate(to: "10.9.9.1")
        client.send("one", to: "10.9.9.9", port: 700)
        #expect(servers[0].receive() == "one")
        try translate(to: "10.9.9.2")
        client.send("two", to: "10.9.9.9", port: 700)
        #expect(servers[0].receive() == "two")

        let backend = try #require(IPAddress("10.9.9.1"))
        let virtual = try #require(IPAddress("10.9.9.9"))
        let connection = try #require(try conntrack.connections().first { $0.reply.source == backend })
        #expect(connection.original.destination == virtual && connection.original.destinationPort == 700)
        #expect(connection.original.transport == UInt8(IPPROTO_UDP))
        #expect(try conntrack.forget(repliesFrom: [virtual]) == 0)
        #expect(try conntrack.forget(repliesFrom: [backend], transport: UInt8(IPPROTO_TCP)) == 0)
        #expect(try conntrack.forget(repliesFrom: [backend], originalDestination: backend) == 0)
        #expect(try conntrack.forget(repliesFrom: [backend], originalDestination: virtual, transport: UInt8(IPPROTO_UDP)) == 1)
        client.send("three", to: "10.9.9.9", port: 700)
        #expect(servers[1].receive() == "three")
    }
}
