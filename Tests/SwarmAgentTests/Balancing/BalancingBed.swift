import Glibc
import Logging
import NFTables
import Netlink
import SwarmModel
import Synchronization

@testable import SwarmAgent

/// A node with bridges and containers, and a client outside, each a namespace of its own.
///
/// Containers of another node are on the same bridge: for rules it makes no difference what is behind it.
final class BalancingBed {
    static let nodeAddress = "192.0.2.1"
    static let clientAddress = "192.0.2.9"

    let node: Namespace
    let client: Namespace
    var networks = NodeNetworks()
    private(set) var containers: [String: Namespace] = [:]
    private var servers: [Greeter] = []
    private var count = 0
    let balancing: Balancing

    init(_ forget: @escaping @Sendable (StaleFlows) async -> Void = { _ in }) async throws {
        node = try Namespace()
        client = try Namespace()
        try await node.run(
            """
            ip link set lo up
            ip link add eth0 type veth peer name eth0 netns \(client.pid)
            ip address add \(Self.nodeAddress)/24 dev eth0
            ip link set eth0 up
            sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1
            """)
        // It knows the way into the networks, which is not to help it.
        try await client.run(
            """
            ip link set lo up
            ip address add \(Self.clientAddress)/24 dev eth0
            ip link set eth0 up
            ip route add default via \(Self.nodeAddress)
            """)
        balancing = Balancing(
            nodeID: NodeNetworks.here, nft: NFTCommand(node.program("nft")), iptables: IPTablesCommand(node.program("iptables")),
            // Settings are looked for in the namespace of who writes them, which is not the node's.
            interfaces: "/nowhere", address: Self.loopbackAddress(),
            forget: forget, logger: Logger(label: "bed") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Another one each time: the sockets that hold published ports are the test's own, and tests publish the same ones.
    static func loopbackAddress() -> UInt32 {
        let number = beds.add(1, ordering: .relaxed).newValue
        return (UInt32(127) << 24 | 1 << 16 | UInt32(number)).bigEndian
    }

    private static let beds = Atomic<UInt16>(0)

    func network(_ id: String, own: String, isIngress: Bool = false, isInternal: Bool = false) async throws {
        try networks.add(network: id, own: own, isIngress: isIngress, isInternal: isInternal)
        guard let address = IPv4Address(cidr: own) else { throw Namespace.Failure("\(own) is no address") }
        try await node.run(
            """
            ip link add swb-\(id) address \(MACAddress(overlay: address)) type bridge
            ip address add \(own) dev swb-\(id)
            ip link set swb-\(id) up
            sysctl -qw net.ipv4.conf.swb-\(id).rp_filter=2
            \(isIngress ? "sysctl -qw net.ipv4.conf.swb-\(id).route_localnet=1" : "")
            """)
    }

    /// A service, whose virtual address is on the bridge.
    func service(_ id: String, in network: String, virtualIP: String?, ports: [(UInt32, to: UInt32, String)] = []) async throws {
        try networks.add(
            service: id, in: network, virtualIP: virtualIP,
            ports: ports.map { .init(transport: $0.2, target: $0.to, published: $0.0, publishMode: "ingress") })
        if let virtualIP { try await node.run("ip address add \(virtualIP)/32 dev swb-\(network)") }
    }

    /// A task with its container, whose default route leads into the first of its networks. It tells its name at the ports.
    func task(
        _ id: String, of service: String, in places: [(network: String, address: String)], on nodeID: String = NodeNetworks.here,
        tcp: [UInt16] = [], udp: [UInt16] = []
    ) async throws {
        let container = try Namespace()
        containers[id] = container
        var lines = ["ip link set lo up"]
        for (index, place) in places.enumerated() {
            try networks.add(task: id, of: service, in: place.network, place.address, on: nodeID)
            count += 1
            try await node.run(
                """
                ip link add veth\(count) type veth peer name eth\(index) netns \(container.pid)
                ip link set veth\(count) master swb-\(place.network) up
                ip link set veth\(count) type bridge_slave hairpin on
                """)
            lines += ["ip address add \(place.address)/24 dev eth\(index)", "ip link set eth\(index) up"]
            if index == 0, let own = networks.networks[place.network]?.address.split(separator: "/").first {
                lines.append("ip route add default via \(own)")
            }
        }
        try await container.run(lines.joined(separator: "\n"))
        servers += try tcp.map { try Greeter(id, in: container, port: $0) }
        servers += try udp.map { try Greeter(id, in: container, SOCK_DGRAM, port: $0) }
    }

    /// A server at the client's place, or the node's.
    func serve(_ name: String, in namespace: Namespace, port: UInt16) throws {
        servers.append(try Greeter(name, in: namespace, port: port))
    }

    /// Whether rules see what does not leave a bridge.
    func filterBridges(_ on: Bool) async throws {
        try await node.run("sysctl -qw net.bridge.bridge-nf-call-iptables=\(on ? 1 : 0) || test \(on ? 1 : 0) = 0")
    }

    func apply() async throws { try await balancing.apply(networks) }

    func container(_ id: String) throws -> Namespace {
        guard let container = containers[id] else { throw Namespace.Failure("no container \(id)") }
        return container
    }
}
