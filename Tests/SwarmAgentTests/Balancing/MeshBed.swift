import Glibc
import Logging
import NFTables
import Netlink
import SwarmModel

@testable import SwarmAgent

/// Nodes with tunnels between them, containers on them, and a client beside them, each a namespace of its own. Unlike in `BalancingBed`,
/// bridges and tunnels are the real ones.
final class MeshBed {
    struct Host {
        let namespace: Namespace
        let links: LinkTable
        let fastPath: FastPath
        let balancing: Balancing
        var underlay: String
        /// Its own address in the network of the routing mesh.
        var ingress: String
    }

    static let clientAddress = "10.77.0.9"

    /// It is what the nodes are connected to.
    let client: Namespace
    /// The first one is `n1`, 10.77.0.1, in the network of the routing mesh 10.0.0.2.
    private(set) var hosts: [Host] = []
    /// As managers know them; no node's own addresses are in it.
    var networks = NodeNetworks()
    private var containers: [String: Namespace] = [:]
    private var greeters: [Greeter] = []
    private var echoes: [Echo] = []
    private var count = 0

    subscript(number: Int) -> Host { hosts[number - 1] }

    init(hosts number: Int) async throws {
        client = try Namespace()
        try await client.run(
            "ip link set lo up; ip link add bed type bridge; ip link set bed up; ip address add \(Self.clientAddress)/24 dev bed")
        for number in 1...number {
            let namespace = try Namespace()
            let host = Host(
                namespace: namespace, links: try namespace.inside { try LinkTable() },
                fastPath: FastPath(
                    nodeID: "n\(number)", links: try namespace.inside { try LinkTable() }, disturbances: { AsyncStream { nil } },
                    nft: NFTCommand(namespace.program("nft")), logger: Self.logger),
                balancing: try Self.balancing(namespace, "n\(number)"), underlay: "10.77.0.\(number)",
                ingress: "10.0.0.\(number + 1)")
            hosts.append(host)
            try await client.run(
                "ip link add n\(number) type veth peer name eth0 netns \(namespace.pid); ip link set n\(number) master bed up")
            // What comes from containers goes out with their node's address: that is the engine's matter otherwise.
            try await namespace.run(
                """
                ip link set lo up
                ip address add \(host.underlay)/24 dev eth0
                ip link set eth0 up
                sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1
                nft 'table ip engine { chain c { type nat hook postrouting priority srcnat;
                    ip saddr 10.0.0.0/23 oifname != "swb-*" masquerade; }; }'
                """)
        }
        try add(network: "mesh", third: 0, isIngress: true)
    }

    private static func balancing(_ namespace: Namespace, _ nodeID: String) throws -> Balancing {
        let flows = try namespace.inside { try ConntrackConnection() }
        return Balancing(
            nodeID: nodeID, nft: NFTCommand(namespace.program("nft")), iptables: IPTablesCommand(namespace.program("iptables")),
            interfaces: "/nowhere", address: BalancingBed.loopbackAddress(), forget: { try? $0.forget(in: flows) },
            logger: logger)
    }

    private static let logger = Logger(label: "bed") { _ in SwiftLogNoOpLogHandler() }

    /// A network 10.0.<third>.0/24 that all nodes are in.
    func add(network id: String, third: Int, isIngress: Bool = false, isInternal: Bool = false) throws {
        try networks.add(network: id, own: "10.0.\(third).0/24", isIngress: isIngress, isInternal: isInternal)
        networks.networks[id]?.vni = 4096 + UInt32(third)
        networks.peers[.init(id, NodeNetworks.here)] = nil
        for number in 1...hosts.count {
            networks.add(peer: "n\(number)", in: id, underlay: "10.77.0.\(number)", address: "10.0.\(third).\(number + 1)/24")
        }
    }

    /// A service that is asked at port 8080, TCP and UDP, for what its tasks tell at their port 80.
    func publish(_ id: String, keepsClientAddress: Bool) throws {
        try networks.add(
            service: id, in: "mesh",
            ports: ["tcp", "udp"].map { .init(transport: $0, target: 80, published: 8080, publishMode: "ingress") })
        networks.services[.init("mesh", id)]?.keepsClientAddress = keepsClientAddress
    }

    /// What a node is told.
    private func view(of number: Int) -> NodeNetworks {
        var view = networks
        for id in view.networks.keys { view.networks[id]?.address = networks.peers[.init(id, "n\(number)")]?.address ?? "" }
        return view
    }

    func plan(for number: Int) -> LinkPlan { LinkPlan(view(of: number), node: "n\(number)", underlayMTU: 1500) }

    /// Makes all nodes as they are to be.
    func apply() async throws {
        for (number, host) in zip(1..., hosts) {
            if let problem = await host.links.make(plan(for: number)).problems.first { throw problem }
            try await host.balancing.apply(view(of: number))
            try await layFastPath(number)
        }
    }

    func layFastPath(_ number: Int) async throws {
        await self[number].fastPath.apply(view(of: number))
        await self[number].fastPath.settle()
    }

    /// A task with its container, on bridges that are there already. Its default route leads into the first of its networks.
    func task(_ id: String, of service: String, on number: Int, in places: [(network: String, address: String)]) async throws {
        let (host, container) = (self[number].namespace, try Namespace())
        containers[id] = container
        var lines = ["ip link set lo up"]
        for (index, place) in places.enumerated() {
            try networks.add(task: id, of: service, in: place.network, place.address, on: "n\(number)")
            count += 1
            try await host.run(
                """
                ip link add veth\(count) mtu 1450 type veth peer name eth\(index) mtu 1450 netns \(container.pid)
                ip link set veth\(count) master swb-\(place.network) up
                ip link set veth\(count) type bridge_slave hairpin on
                """)
            let mac = IPv4Address(place.address).map { MACAddress(overlay: $0) }
            lines += [
                "ip link set eth\(index) address \(mac.map { "\($0)" } ?? "") up",
                "ip address add \(place.address)/24 dev eth\(index)",
            ]
            if index == 0, let own = networks.peers[.init(place.network, "n\(number)")]?.address.split(separator: "/").first {
                lines.append("ip route add default via \(own)")
            }
        }
        try await container.run(lines.joined(separator: "\n"))
        greeters += [try Greeter(id, in: container, port: 80), try Greeter(id, in: container, SOCK_DGRAM, port: 80)]
        echoes += [try Echo(in: container, port: 7), try Echo(in: container, SOCK_DGRAM, port: 7)]
    }

    /// Publishes what tasks give back at their port 7 as 7000, TCP and UDP.
    func publishEcho(_ id: String) {
        networks.services[.init("mesh", id)]?.ports += ["tcp", "udp"].map {
            .init(transport: $0, target: 7, published: 7000, publishMode: "ingress")
        }
    }

    func container(_ id: String) throws -> Namespace {
        guard let container = containers[id] else { throw Namespace.Failure("no container \(id)") }
        return container
    }

    /// Whether rules see what does not leave a bridge, on all nodes.
    func filterBridges(_ on: Bool) async throws {
        for host in hosts {
            try await host.namespace.run("sysctl -qw net.bridge.bridge-nf-call-iptables=\(on ? 1 : 0) || test \(on ? 1 : 0) = 0")
        }
    }
}
