import DockerAPI
import NFTables
import Netlink
import SwarmModel

/// What rules are made from: the networks with what is in them, in a fixed order and with addresses that have been read.
struct NetworkPlaces: Sendable {
    struct Service: Sendable {
        var id: String
        var name: String
        var virtualIP: IPv4Address?
        var ports: [PortConfig]
        /// Of its tasks that something may be sent to, in order.
        var ready: [IPv4Address] = []
    }

    struct Place: Sendable {
        var network: NetworkAssignment
        /// This node's own.
        var address: IPv4Address
        var subnet: IPv4Block
        /// By their IDs.
        var services: [Service]
        /// Addresses of all tasks of this node in it, ready or not.
        var local: [IPv4Address]
        /// Addresses of other nodes' tasks that are to see who asks.
        var seeing: [IPv4Address]
        /// Other nodes' own, where there are such tasks.
        var entries: [IPv4Address]
    }

    /// This node.
    let nodeID: String
    var all: [Place] = []
    /// Where other nodes' packets come from.
    private var peers: Set<String> = []
    private var peers6: Set<String> = []
    /// Addresses of this node's containers that are in a network that is not internal, those in internal ones as well.
    private var connected: Set<String> = []

    /// A network whose addresses cannot be read is left out.
    init(_ networks: NodeNetworks, nodeID: String) {
        self.nodeID = nodeID
        let services = Dictionary(grouping: networks.services.values, by: \.networkID)
        let endpoints = Dictionary(grouping: networks.endpoints.values, by: \.networkID)
        for network in networks.networks.values.sorted(by: { $0.id < $1.id }) {
            guard let address = IPv4Address(cidr: network.address), let subnet = IPv4Block(network.subnet) else { continue }
            var ready: [String: [IPv4Address]] = [:]
            var local: [IPv4Address] = []
            var seeing: [IPv4Address] = []
            let keeping = network.keepingClientAddresses(services[network.id] ?? [])
            for endpoint in endpoints[network.id] ?? [] {
                guard let address = Self.address(of: endpoint) else { continue }
                if endpoint.isReady { ready[endpoint.serviceID, default: []].append(address) }
                if endpoint.nodeID == nodeID {
                    local.append(address)
                } else if keeping.contains(endpoint.serviceID) {
                    seeing.append(address)
                }
            }
            let others = keeping.isEmpty ? [] : networks.peers.values.filter { $0.networkID == network.id && $0.nodeID != nodeID }
            all.append(
                Place(
                    network: network, address: address, subnet: subnet,
                    services: (services[network.id] ?? []).sorted { $0.id < $1.id }.map { service in
                        Service(
                            id: service.id, name: service.name, virtualIP: service.virtualIP.flatMap(IPv4Address.init(cidr:)),
                            ports: service.ports, ready: (ready[service.id] ?? []).sorted())
                    },
                    local: local, seeing: seeing, entries: others.compactMap { IPv4Address(cidr: $0.address) }.sorted()))
        }
        for peer in networks.peers.values where peer.nodeID != nodeID {
            if networks.networks[peer.networkID]?.isEncrypted == true {
                peers6.insert("\(IPAddress(withinTunnelsOf: peer.nodeID))")
            }
            if IPv4Address(peer.underlay) != nil {
                peers.insert(peer.underlay)
            } else if peer.underlay.contains(":") {
                peers6.insert(peer.underlay)
            }
        }
        let own = networks.endpoints.values.filter { $0.nodeID == nodeID }
        let free = Set(own.filter { networks.networks[$0.networkID]?.isInternal == false }.map(\.taskID))
        connected = Set(own.filter { free.contains($0.taskID) }.compactMap(Self.address).map { "\($0)" })
    }

    private static func address(of endpoint: EndpointAssignment) -> IPv4Address? {
        endpoint.addresses.first.flatMap(IPv4Address.init(cidr:))
    }

    /// The network of the routing mesh.
    var ingress: Place? { all.first { $0.network.isIngress } }

    /// UDP ports that other nodes' packets come to.
    var dataPathPorts: [UInt32] { Set(all.map(\.network.dataPathPort)).sorted() }

    /// Of the networks on this node.
    var subnets: Lookup { Lookup("subnets", type: "ipv4_addr", isInterval: true, elements: all.map { "\($0.subnet)" }) }

    /// The sets and maps that say who is who.
    var lookups: [Lookup] {
        let internals = all.filter(\.network.isInternal)
        let reachable = ingress.map { $0.local + $0.seeing } ?? []
        return [
            // Traffic that is routed, but within one network.
            Lookup("within", type: "ifname . ifname", elements: all.map { "\($0.quoted) . \($0.quoted)" }),
            Lookup("own", type: "ifname : ipv4_addr", elements: all.map { "\($0.quoted) : \($0.address)" }),
            subnets,
            // Frames for this node itself, not for a container.
            Lookup("bridges", type: "ether_addr", elements: all.map { "\(MACAddress(overlay: $0.address))" }),
            Lookup("reachable", type: "ipv4_addr", elements: reachable.map { "\($0)" }),
            Lookup("internal", type: "ifname", elements: internals.map(\.quoted)),
            // Empty while there is nobody who could be shut in.
            Lookup("connected", type: "ipv4_addr", elements: internals.isEmpty ? [] : connected),
            Lookup("peers", type: "ipv4_addr", elements: peers),
            Lookup("peers6", type: "ipv6_addr", elements: peers6),
        ]
    }
}

extension NetworkPlaces.Place {
    /// Its bridge, as rules have it.
    var quoted: String { "\"\(network.bridge)\"" }
}
