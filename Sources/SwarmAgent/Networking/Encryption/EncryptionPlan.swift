import Netlink
import SwarmModel
import SwarmSecurity

/// What a node's kernel is to have of WireGuard: one device, which the tunnels of all encrypted networks go through. Made from what
/// managers say and from the node's own key.
///
/// Each node has an address within, which follows from its ID, and may send from no other one. VXLAN goes from such an address to
/// another, so it goes through the device or nowhere.
struct EncryptionPlan: Sendable, Equatable {
    /// Name of the device, the same on each node.
    static let device = "sww-nodes"

    /// This node's address within, with the length that makes the device the way to all others.
    var address: IPPrefix
    /// UDP, on each node.
    var port: UInt16
    /// Bytes of the device's largest packet.
    var mtu: Int
    var privateKey: WireGuardKey
    var publicKey: WireGuardKey
    /// In the order of their nodes' IDs.
    var peers: [WireGuardPeer]

    /// Nil where no network is encrypted.
    ///
    /// - Parameters:
    ///   - node: this node's ID.
    ///   - underlayMTU: bytes of the largest packet between nodes.
    init?(_ networks: NodeNetworks, node: String, key: TunnelKey, underlayMTU: Int) {
        let encrypted = networks.networks.values.filter(\.isEncrypted)
        guard let dataPathPort = encrypted.first?.dataPathPort, let port = UInt16(exactly: dataPathPort + 1),
            let privateKey = WireGuardKey(bytes: key.bytes), let publicKey = WireGuardKey(bytes: key.publicBytes)
        else { return nil }
        let nodes = Dictionary(
            networks.peers.values.filter { networks.networks[$0.networkID]?.isEncrypted == true }.map { ($0.nodeID, $0) }
        ) { first, _ in first }
        address = IPPrefix(IPAddress(withinTunnelsOf: node), length: Self.prefixLength)
        self.port = port
        self.privateKey = privateKey
        self.publicKey = publicKey
        let underlay = nodes[node].flatMap { IPAddress($0.underlay) }
        // The kernel has no IPv6 on a device with less.
        mtu = max(underlayMTU - Self.overhead(underlay: underlay), 1280)
        // A key is one node's.
        var keys = [publicKey]
        peers = []
        for peer in nodes.values.sorted(by: { $0.nodeID < $1.nodeID }) where peer.nodeID != node {
            guard let key = peer.tunnelKey.flatMap(TunnelKey.publicBytes(of:)).flatMap({ WireGuardKey(bytes: $0) }),
                let underlay = IPAddress(peer.underlay), !keys.contains(key)
            else { continue }
            keys.append(key)
            peers.append(
                WireGuardPeer(
                    publicKey: key, endpoint: WireGuardPeer.Endpoint(underlay, port: port),
                    allowed: [IPPrefix(IPAddress(withinTunnelsOf: peer.nodeID))]))
        }
    }

    /// What is to be changed of a device that is like this; nil where nothing is. Who is as planned is left alone: to name a peer again
    /// would be no harm, to make it anew would cost it its session.
    func changes(to device: WireGuardDevice) -> WireGuardSettings? {
        var settings = WireGuardSettings()
        if device.publicKey != publicKey { settings.privateKey = privateKey }
        if device.listenPort != port { settings.listenPort = port }
        let found = Dictionary(device.peers.map { ($0.publicKey, $0) }) { first, _ in first }
        let wanted = Set(peers.map(\.publicKey))
        // First who goes: an address is one peer's, and a node with another key keeps its own.
        settings.peers = found.keys.filter { !wanted.contains($0) }.map { WireGuardPeer(publicKey: $0, isRemoved: true) }
        settings.peers += peers.filter { found[$0.publicKey] != $0 }
        return settings == WireGuardSettings() ? nil : settings
    }

    /// Bytes that WireGuard takes of a packet between nodes: its header 16 and its tag 16, UDP 8, IPv4 20 or IPv6 40. It fills packets up to a
    /// multiple of 16 bytes, but never beyond the device's largest.
    static func overhead(underlay: IPAddress?) -> Int { underlay?.isIPv4 == false ? 80 : 60 }

    /// The first 48 bits of all nodes' addresses within: local ones (RFC 4193), which no packet outside ever carries.
    static let prefix: [UInt8] = [0xFD, 0x73, 0x77, 0x61, 0x72, 0x6D]
    static let prefixLength = 48
    /// The block of all nodes' addresses within.
    static let block = "fd73:7761:726d::/48"
}

extension IPAddress {
    /// The address that a node has within the tunnels of encrypted networks.
    init(withinTunnelsOf nodeID: String) {
        self.init(ipv6: EncryptionPlan.prefix + TunnelKey.addressBytes(of: nodeID))
    }
}
