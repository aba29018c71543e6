import Glibc
import Testing

@testable import SwarmAgent

/// Services whose tasks see where requests come from, whichever node these arrive at, in the real kernel: nodes with tunnels between
/// them, and a client whom a task's node could answer itself, which would be of no use.
@Suite(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
struct ClientAddressKernelTests {
    /// Two nodes with a task each.
    private func bed(hosts: Int = 2, keeps: Bool = true) async throws -> MeshBed {
        let bed = try await MeshBed(hosts: hosts)
        try bed.publish("web", keepsClientAddress: keeps)
        bed.publishEcho("web")
        try await bed.apply()
        for number in 1...2 {
            try await bed.task("w\(number)", of: "web", on: number, in: [("mesh", "10.0.0.\(10 + number)")])
        }
        try await bed.apply()
        return bed
    }

    /// Which tasks have answered, and where they were asked from.
    private func ask(
        _ address: String, from namespace: Namespace, _ kind: __socket_type = SOCK_STREAM, times: Int = 2
    ) throws -> [String: String] {
        var clients: [String: String] = [:]
        for _ in 0..<times {
            let answer = try namespace.ask(address, 8080, kind)
            clients[answer.name ?? "\(answer)"] = answer.client ?? ""
        }
        return clients
    }

    private static let real = ["w1": MeshBed.clientAddress, "w2": MeshBed.clientAddress]

    @Test(arguments: [false, true])
    func theClientIsSeenThroughEveryNode(_ areBridgesFiltered: Bool) async throws {
        let bed = try await bed()
        try await bed.filterBridges(areBridgesFiltered)
        for host in bed.hosts {
            for kind in [SOCK_STREAM, SOCK_DGRAM] {
                #expect(try ask(host.underlay, from: bed.client, kind) == Self.real, "through \(host.underlay), \(kind)")
            }
        }
        // In turn, as ever.
        var names: [String] = []
        for _ in 0..<20 { names.append(try bed.client.ask(bed[1].underlay, 8080).name ?? "") }
        #expect(names == (0..<10).flatMap { _ in names.prefix(2) })
    }

    @Test func theLabelCountsForConnectionsFromThenOn() async throws {
        let bed = try await bed(keeps: false)
        func seen() throws -> [[String: String]] {
            try [bed[1], bed[2]].map { try ask($0.underlay, from: bed.client) }
        }
        let without = [
            ["w1": MeshBed.clientAddress, "w2": "10.0.0.2"], ["w1": "10.0.0.3", "w2": MeshBed.clientAddress],
        ]
        #expect(try seen() == without)
        // It goes on as it is, whatever becomes of others.
        let socket = try bed.client.socket(SOCK_DGRAM)
        defer { close(socket) }
        var first = Namespace.ask(socket, bed[1].underlay, 8080)
        if first.client == MeshBed.clientAddress {
            close(socket)
            _ = dup2(try bed.client.socket(SOCK_DGRAM), socket)
            first = Namespace.ask(socket, bed[1].underlay, 8080)
        }
        #expect(first == .from("w2", client: "10.0.0.2"))
        try bed.publish("web", keepsClientAddress: true)
        try await bed.apply()
        #expect(try seen() == [Self.real, Self.real])
        #expect(Namespace.ask(socket, bed[1].underlay, 8080) == first)
        try bed.publish("web", keepsClientAddress: false)
        try await bed.apply()
        #expect(try seen() == without)
    }

    /// The nodes themselves, as clients: by other nodes they are seen as who they are, also by tasks of their own.
    @Test(arguments: [false, true])
    func nodesReachThemToo(_ areBridgesFiltered: Bool) async throws {
        let bed = try await bed()
        try await bed.filterBridges(areBridgesFiltered)
        let own = bed[1].namespace
        for address in ["127.0.0.1", bed[1].underlay] {
            #expect(try ask(address, from: own) == ["w1": "10.0.0.2", "w2": "10.0.0.2"], "by \(address)")
        }
        #expect(try ask(bed[2].underlay, from: own) == ["w1": bed[1].underlay, "w2": bed[1].underlay])
        // Another address of it, which managers do not know.
        try await own.run("ip address add 10.77.0.101/24 dev eth0; ip route add 10.77.0.2 dev eth0 src 10.77.0.101")
        #expect(try ask(bed[2].underlay, from: own) == ["w1": "10.77.0.101", "w2": "10.77.0.101"])
        // And the tasks, each by its own node's address and the other one's.
        for host in bed.hosts { #expect(try ask(host.underlay, from: bed.container("w1")).keys.sorted() == ["w1", "w2"]) }
    }

    @Test(arguments: [false, true])
    func aTaskAnswersThroughWhicheverNetworkItsDefaultRouteIsIn(_ isInternal: Bool) async throws {
        let bed = try await MeshBed(hosts: 2)
        try bed.add(network: "back", third: 1, isInternal: isInternal)
        try bed.publish("web", keepsClientAddress: true)
        try bed.networks.add(service: "web", in: "back", virtualIP: "10.0.1.9")
        try await bed.apply()
        try await bed.task("w2", of: "web", on: 2, in: [("back", "10.0.1.12"), ("mesh", "10.0.0.12")])
        try await bed.apply()
        // (A server of datagrams has to choose its address itself there, on whichever node.)
        #expect(try bed.client.ask(bed[1].underlay, 8080) == .from("w2", client: MeshBed.clientAddress))
    }

    @Test func largeThingsGetThroughBothWays() async throws {
        let bed = try await bed()
        bed.networks.endpoints[.init("mesh", "w1")]?.isReady = false
        try await bed.apply()
        let much = (0..<20 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) }
        #expect(try bed.client.echo(much, from: bed[1].underlay, 7000) == much)
        // In pieces.
        let datagram = Array(much.prefix(9000))
        #expect(try bed.client.echo(datagram, from: bed[1].underlay, 7000, SOCK_DGRAM) == datagram)
        // Where the way to the client is narrower than the network, the container hears of it.
        try await bed[1].namespace.run("ip route add \(MeshBed.clientAddress) dev eth0 mtu lock 1200")
        let some = Array(much.prefix(1 << 20))
        #expect(try bed.client.echo(some, from: bed[1].underlay, 7000) == some)
    }

    /// Containers refuse as servers do.
    @Test func refusalsComeBack() async throws {
        let bed = try await bed()
        bed.networks.endpoints[.init("mesh", "w1")]?.isReady = false
        bed.networks.services[.init("mesh", "web")]?.ports = ["tcp", "udp"].map {
            .init(transport: $0, target: 99, published: 8080, publishMode: "ingress")
        }
        try await bed.apply()
        for kind in [SOCK_STREAM, SOCK_DGRAM] { #expect(try bed.client.ask(bed[1].underlay, 8080, kind) == .refused) }
    }

    @Test func whoAsksSeveralNodesFromOnePortIsAnsweredByTheOneThatWasAsked() async throws {
        let bed = try await bed(hosts: 3)
        bed.networks.endpoints[.init("mesh", "w1")]?.isReady = false
        try await bed.apply()
        let socket = try bed.client.socket(SOCK_DGRAM)
        defer { close(socket) }
        for number in [1, 3, 1, 2, 3] {
            #expect(Namespace.ask(socket, bed[number].underlay, 8080) == .from("w2", client: MeshBed.clientAddress))
        }
    }

    @Test func datagramsGoElsewhereWhenTheirTaskStops() async throws {
        let bed = try await bed()
        let socket = try bed.client.socket(SOCK_DGRAM)
        defer { close(socket) }
        var first = Namespace.ask(socket, bed[1].underlay, 8080)
        #expect(Namespace.ask(socket, bed[1].underlay, 8080) == first)
        for _ in 1...2 {
            let gone = try #require(first.name)
            for name in ["w1", "w2"] { bed.networks.endpoints[.init("mesh", name)]?.isReady = name != gone }
            try await bed.apply()
            let next = Namespace.ask(socket, bed[1].underlay, 8080)
            #expect(next.name != gone && next.client == MeshBed.clientAddress)
            first = next
        }
    }

    @Test func marksOfOthersStayAsTheyAre() async throws {
        let bed = try await bed()
        try await bed[2].namespace.run(
            "nft 'table ip other { chain c { type filter hook prerouting priority -150; ct state new ct mark set ct mark | 0x81000042; }; }'"
        )
        #expect(try ask(bed[1].underlay, from: bed.client, times: 4) == Self.real)
        #expect(
            try await bed[2].namespace.run("nft list table ip other; cat /proc/net/nf_conntrack | grep 'dst=10.0.0.12'")
                .contains("mark=\(0x8100_0242 as UInt32)"))
    }

    @Test func whatSomebodyElseRemovedIsBackAndNothingIsLeftWithoutTheLabel() async throws {
        let bed = try await bed()
        let node = bed[2].namespace
        let damages = [
            "nft delete table ip swarmd", "nft delete table inet swarmd; nft delete table ip swarmd",
            "ip neigh flush nud permanent dev swb-mesh",
        ]
        for damage in damages {
            for host in bed.hosts { try await host.namespace.run(damage) }
            try await bed.apply()
            #expect(try ask(bed[1].underlay, from: bed.client) == Self.real, "\(damage)")
        }
        let before = try await node.run("nft -a list table ip swarmd | grep handle")
        try await bed.apply()
        #expect(try await node.run("nft -a list table ip swarmd | grep handle") == before)

        func left() async throws -> String {
            try await node.run("nft list tables | grep -c 'ip swarmd' || true; cat /proc/sys/net/ipv4/conf/swb-mesh/accept_local")
        }
        #expect(try await left() == "1\n1\n")
        try bed.publish("web", keepsClientAddress: false)
        try await bed.apply()
        #expect(try await left() == "0\n0\n")
        #expect(try await bed[1].namespace.run("ip neigh show 10.0.0.12 dev swb-mesh").contains("02:42:0a:00:00:0c"))
        try bed.publish("web", keepsClientAddress: true)
        try await bed.apply()
        await bed[2].balancing.removeAll()
        await bed[2].fastPath.removeAll()
        #expect(try await node.run("nft list tables | grep -c swarmd || true") == "0\n")
    }

    /// What this node has asked another one for may come back to it; a container that says it is this node may not.
    @Test func containersCannotSpeakAsTheirNode() async throws {
        let bed = try await bed()
        let (node, container) = (bed[2].namespace, try bed.container("w2"))
        try await container.run(
            "ip address add \(bed[2].underlay)/32 dev lo; ip route add 10.0.0.3 dev eth0 src \(bed[2].underlay)")
        #expect(try container.ask("10.0.0.3", 9, SOCK_DGRAM) == .silence)
        #expect(try await node.run("nft list chain ip swarmd prerouting").contains("counter packets 1 "))
    }
}
