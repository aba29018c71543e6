import Netlink
import NetworkNamespaces
import Testing

/// What the kernel makes of our requests, in namespaces of the test's own; `ip` and `bridge` are the witnesses.
@Suite(.enabled(if: NetworkNamespace.areAvailable, "needs root, to make network namespaces"))
struct RouteKernelTests {
    private let host: NetworkNamespace
    private let route: RouteConnection
    private let mac = MACAddress("02:42:0a:00:01:04")!
    private let tunnel = VXLAN(id: 4097, port: 4789, local: IPAddress("10.77.0.1"))

    init() throws {
        host = try NetworkNamespace()
        route = try host.run { try RouteConnection() }
    }

    private func link(_ name: String) throws -> Link { try #require(try route.link(named: name), "\(name)") }

    @Test func bridgesAndTunnelsAreMadeAsAskedFor() throws {
        try route.makeBridge("swb-1", LinkSettings(mac: mac))
        let bridge = try link("swb-1")
        #expect(bridge.kind == "bridge" && bridge.mac == mac && !bridge.isUp && bridge.master == nil)
        try route.makeVXLAN("swv-1", tunnel, LinkSettings(mtu: 1400, master: bridge.index))
        let made = try link("swv-1")
        #expect(made.kind == "vxlan" && made.mtu == 1400 && made.master == bridge.index && made.vxlan == tunnel)
        #expect(made.bridgePort == .usual)
        try route.set(port: made, .onlyKnown)
        try route.set(made, LinkSettings(isUp: true))
        #expect(try link("swv-1").bridgePort == .onlyKnown)
        #expect(try link("swv-1").isUp)
        #expect(try route.links().map(\.name) == ["lo", "swb-1", "swv-1"])
        let shown = try host.sh("ip -d link show swv-1")
        for part in [
            "mtu 1400", "master swb-1", "vxlan id 4097 local 10.77.0.1", "dstport 4789 nolearning", "neigh_suppress on",
            "learning off",
            "flood off", "mcast_flood off", "bcast_flood off",
        ] {
            #expect(shown.contains(part), "\(part)")
        }
        try route.remove(made)
        try route.remove(made)
        #expect(try route.link(named: "swv-1") == nil)
    }

    @Test func linksAreChangedInEveryRespect() throws {
        try route.makeBridge("swb-1")
        let link = try link("swb-1")
        let ipv4 = IPv4Settings(reversePathFilter: .loose, routesLoopback: true, acceptsOwnAddresses: true)
        try route.set(
            link, LinkSettings(isUp: true, mac: mac, mtu: 1450, ipv4: ipv4, ipv6AddressGeneration: IPv6AddressGeneration.none))
        let changed = try self.link("swb-1")
        #expect(changed.isUp && changed.mac == mac && changed.mtu == 1450)
        #expect(changed.ipv4 == ipv4 && changed.ipv6AddressGeneration == IPv6AddressGeneration.none)
        let values = try host.run {
            try ["rp_filter", "route_localnet", "accept_local"].map {
                try String(contentsOfFile: "/proc/sys/net/ipv4/conf/swb-1/\($0)", encoding: .utf8)
            }
        }
        #expect(values == ["2\n", "1\n", "1\n"])
        try route.makeVXLAN("swv-1", tunnel, LinkSettings(master: link.index))
        try route.set(try self.link("swv-1"), LinkSettings(master: 0))
        #expect(try self.link("swv-1").master == nil)
    }

    @Test func whatTheKernelRefusesIsSaidInItsWords() throws {
        try route.makeVXLAN("swv-1", tunnel)
        let twice = #expect(throws: NetlinkError.self) { try route.makeVXLAN("swv-2", tunnel) }
        #expect(
            twice?.description
                == "cannot make the vxlan swv-2: File exists (A VXLAN device with the specified VNI already exists)")
        let gone = try link("swv-1")
        try route.remove(gone)
        let unknown = #expect(throws: NetlinkError.self) { try route.set(gone, LinkSettings(isUp: true)) }
        #expect(unknown?.isAbsence == true)
    }

    @Test func addressesKeepTheirOrder() throws {
        try route.makeBridge("swb-1")
        let index = try link("swb-1").index
        let addresses = ["10.0.1.4/24", "10.0.1.9/32", "10.0.1.2/32"].map { InterfaceAddress(link: index, prefix: IPPrefix($0)!) }
        for address in addresses + addresses { try route.add(address) }
        #expect(try route.addresses().filter { $0.link == index } == addresses)
        try route.remove(addresses[0])
        try route.remove(addresses[0])
        #expect(try route.addresses().filter { $0.link == index } == Array(addresses.dropFirst()))
        #expect(try !host.sh("ip addr show swb-1").contains("10.0.1.4/24"))
    }

    @Test func neighboursAndForwardingEntriesAreNamedChangedAndForgotten() throws {
        try route.makeBridge("swb-1", LinkSettings(isUp: true))
        let bridge = try link("swb-1").index
        try route.makeVXLAN("swv-1", tunnel, LinkSettings(isUp: true, master: bridge))
        let port = try link("swv-1").index
        let far = IPAddress("10.0.1.7")!
        let neighbour = Neighbour(link: bridge, address: far, mac: mac)
        try route.replace(Neighbour(link: bridge, address: far, mac: MACAddress("02:42:00:00:00:01")!))
        try route.replace(neighbour)
        #expect(try route.neighbours().filter(\.isPermanent) == [neighbour])
        #expect(try host.sh("ip neigh show dev swb-1").contains("10.0.1.7 lladdr 02:42:0a:00:01:04 PERMANENT"))

        let ends = ["10.77.0.2", "10.77.0.3"].map { ForwardingEntry(link: port, mac: mac, table: .tunnel(IPAddress($0))) }
        let inBridge = ForwardingEntry(link: port, mac: mac, table: .bridge)
        for entry in ends + [inBridge] { try route.replace(entry) }
        let entries = try route.forwardingEntries().filter { $0.lifetime == .fixed && $0.mac == mac }
        #expect(Set(entries) == [ends[1], inBridge])
        let shown = try host.sh("bridge fdb show dev swv-1")
        #expect(shown.contains("02:42:0a:00:01:04 dst 10.77.0.3 self permanent"))
        #expect(shown.contains("02:42:0a:00:01:04 master swb-1 static"))
        for entry in entries + entries { try route.remove(entry) }
        try route.remove(neighbour)
        try route.remove(neighbour)
        #expect(try route.forwardingEntries().allSatisfy { $0.mac != mac })
        #expect(try route.neighbours().allSatisfy { !$0.isPermanent })
    }
}
