import Netlink
import SwarmModel

/// What a node's kernel is to have of overlay networks: bridges, tunnels, addresses, and who is where. Made from what managers say alone.
public struct LinkPlan: Sendable, Equatable {
    /// In the order of their bridges' names.
    public var overlays: [Overlay]

    /// A network that this node has a place in.
    public struct Overlay: Sendable, Equatable {
        /// Name of the bridge.
        public var bridge: String
        public var mac: MACAddress
        /// Bytes, of the bridge and the tunnel.
        public var mtu: Int
        /// On the bridge: this node's own one first, then the services' virtual ones.
        public var addresses: [IPPrefix]
        /// Whether packets from and to 127.0.0.1 may pass: the routing mesh carries those to published ports.
        public var routesLoopback: Bool
        /// Whether packets may come in from this node's own addresses: another node sends them here where it keeps clients' addresses.
        public var acceptsOwnAddresses: Bool
        /// Nil while managers do not say where this node's packets come from.
        public var tunnel: Tunnel?
        /// Who is on other nodes, in the order of their addresses.
        public var stations: [Station]
        /// Of this node's containers.
        public var containers: Set<MACAddress>
    }

    /// What frames to other nodes go through.
    public struct Tunnel: Sendable, Equatable {
        public var name: String
        public var mac: MACAddress
        public var vxlan: VXLAN
    }

    /// A container or a node, elsewhere.
    public struct Station: Sendable, Equatable {
        public var address: IPAddress
        public var mac: MACAddress
        /// Whom packets for it go to; nil for itself. Answers to clients that it sees have to come by its node, which is to see both ways.
        public var router: MACAddress?
        /// Its node's address between nodes; in an encrypted network the one within WireGuard.
        public var underlay: IPAddress
    }

    /// Nothing: for a node that leaves.
    public static let empty = LinkPlan(overlays: [])

    public init(overlays: [Overlay]) { self.overlays = overlays }

    /// - Parameters:
    ///   - node: this node's ID.
    ///   - underlayMTU: bytes of the largest packet between nodes.
    public init(_ all: NodeNetworks, node: String, underlayMTU: Int) {
        var members: [String: (peers: [PeerAssignment], endpoints: [EndpointAssignment], services: [ServiceAssignment])] = [:]
        for peer in all.peers.values { members[peer.networkID, default: ([], [], [])].peers.append(peer) }
        for endpoint in all.endpoints.values { members[endpoint.networkID, default: ([], [], [])].endpoints.append(endpoint) }
        for service in all.services.values { members[service.networkID, default: ([], [], [])].services.append(service) }
        overlays = all.networks.values.compactMap { network in
            let (peers, endpoints, services) = members[network.id] ?? ([], [], [])
            return Overlay(network, node, underlayMTU, peers, endpoints, services)
        }.sorted { $0.bridge < $1.bridge }
    }
}

extension LinkPlan {
    /// What the names of all our bridges begin with, so that they can be told from others; the names fit into the kernel's 15 bytes.
    public static let bridgePrefix = "swb-"
    /// What the names of all our tunnels begin with.
    public static let tunnelPrefix = "swv-"

    /// Name of a network's bridge.
    public static func bridge(of network: String) -> String { bridgePrefix + network.prefix(10) }

    /// Name of a network's tunnel.
    public static func tunnel(of network: String) -> String { tunnelPrefix + network.prefix(10) }

    /// Whether a link of that name is ours.
    public static func isOurs(_ name: String) -> Bool { name.hasPrefix(bridgePrefix) || name.hasPrefix(tunnelPrefix) }

    /// Bytes of the largest packet in a network: what a person asks for, or what a tunnel leaves of a packet between nodes.
    public static func mtu(of network: NetworkAssignment, underlay: IPAddress?, underlayMTU: Int) -> Int {
        if let mtu = network.mtu { return mtu }
        let isIPv6 = network.isEncrypted || underlay?.isIPv4 == false
        let room = network.isEncrypted ? underlayMTU - EncryptionPlan.overhead(underlay: underlay) : underlayMTU
        // Ethernet 14, VXLAN 8, UDP 8, IPv4 20 or IPv6 40.
        return max(room - (isIPv6 ? 70 : 50), 68)
    }
}

extension LinkPlan.Overlay {
    /// Nil where the node's own address is none.
    fileprivate init?(
        _ network: NetworkAssignment, _ node: String, _ underlayMTU: Int, _ peers: [PeerAssignment],
        _ endpoints: [EndpointAssignment],
        _ services: [ServiceAssignment]
    ) {
        guard let (own, length) = IPv4Block.parse(network.address) else { return nil }
        var underlays: [String: IPAddress] = [:]
        for peer in peers { underlays[peer.nodeID] = IPAddress(peer.underlay) }
        let underlay = underlays[node]
        // Those within WireGuard, where the network is encrypted.
        if network.isEncrypted { for id in underlays.keys { underlays[id] = IPAddress(withinTunnelsOf: id) } }
        let local = underlays[node]
        bridge = network.bridge
        mac = MACAddress(overlay: own)
        mtu = LinkPlan.mtu(of: network, underlay: underlay, underlayMTU: underlayMTU)
        routesLoopback = network.isIngress
        let keeping = network.keepingClientAddresses(services)
        acceptsOwnAddresses = !keeping.isEmpty
        var routers: [String: MACAddress] = [:]
        for peer in keeping.isEmpty ? [] : peers {
            routers[peer.nodeID] = IPv4Address(cidr: peer.address).map { MACAddress(overlay: $0) }
        }

        let virtual = Set(services.compactMap { $0.virtualIP.flatMap(IPv4Address.init(cidr:)) }).subtracting([own])
        addresses = [IPPrefix(IPAddress(own), length: length)] + virtual.sorted().map { IPPrefix(IPAddress($0)) }

        if let local, let port = UInt16(exactly: network.dataPathPort) {
            tunnel = LinkPlan.Tunnel(
                name: network.tunnel, mac: MACAddress(tunnelOf: own),
                vxlan: VXLAN(id: network.vni, port: port, local: local))
        }

        // Where an address is with two, as for a moment it may be: who is here comes first, then whoever is ready, then the later one.
        var places: [IPv4Address: (node: String, rank: Int, id: String, router: MACAddress?)] = [:]
        func place(_ address: String, _ node: String, rank: Int, id: String, router: MACAddress? = nil) {
            guard let address = IPv4Address(cidr: address) else { return }
            if let taken = places[address], (taken.rank, taken.id) > (rank, id) { return }
            places[address] = (node, rank, id, router)
        }
        for peer in peers { place(peer.address, peer.nodeID, rank: peer.nodeID == node ? 3 : 2, id: peer.nodeID) }
        for endpoint in endpoints {
            let router = keeping.contains(endpoint.serviceID) ? routers[endpoint.nodeID] : nil
            for address in endpoint.addresses {
                place(
                    address, endpoint.nodeID, rank: endpoint.nodeID == node ? 3 : endpoint.isReady ? 1 : 0, id: endpoint.taskID,
                    router: router)
            }
        }
        places[own] = nil
        for address in virtual { places[address] = nil }
        containers = Set(places.filter { $0.value.node == node }.map { MACAddress(overlay: $0.key) })
        stations = places.sorted { $0.key < $1.key }.compactMap { address, place in
            guard place.node != node, let underlay = underlays[place.node], underlay != local else { return nil }
            return LinkPlan.Station(
                address: IPAddress(address), mac: MACAddress(overlay: address), router: place.router, underlay: underlay)
        }
    }
}
