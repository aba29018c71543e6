import Foundation
import Netlink
import NetworkNamespaces
import Testing

/// Connections that the kernel tracks, in a namespace of the test's own.
@Suite(.enabled(if: NetworkNamespace.areAvailable, "needs root, to make network namespaces"))
struct ConntrackKernelTests {
    private let host: NetworkNamespace

    init() throws { host = try NetworkNamespace() }

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
        #expect(try conntrack.connections(transport: UInt8(IPPROTO_UDP)).contains(connection))
        #expect(try conntrack.connections(transport: UInt8(IPPROTO_TCP)).isEmpty)
        #expect(try conntrack.forget(connection))
        #expect(try !conntrack.forget(connection))
        client.send("three", to: "10.9.9.9", port: 700)
        #expect(servers[1].receive() == "three")
    }
}
