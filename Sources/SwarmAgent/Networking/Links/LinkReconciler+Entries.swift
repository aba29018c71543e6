import Netlink

/// What the kernel has, by the index of the link that it belongs to.
struct KernelEntries {
    let addresses: [Int32: [InterfaceAddress]]
    let neighbours: [Int32: [Neighbour]]
    let forwarding: [Int32: [ForwardingEntry]]

    init(addresses: [InterfaceAddress], neighbours: [Neighbour], forwarding: [ForwardingEntry]) {
        self.addresses = Dictionary(grouping: addresses, by: \.link)
        self.neighbours = Dictionary(grouping: neighbours, by: \.link)
        self.forwarding = Dictionary(grouping: forwarding, by: \.link)
    }
}

extension LinkReconciler {
    /// The node's own address is to be the first one: an engine that starts takes the first address in the subnet for the network's
    /// gateway, and replaces it where it is another one.
    mutating func makeAddresses(_ overlay: LinkPlan.Overlay, _ bridge: Int32, _ found: [InterfaceAddress]) {
        let wanted = overlay.addresses.map { InterfaceAddress(link: bridge, prefix: $0) }
        let isWanted = Set(wanted)
        let right = found.filter { isWanted.contains($0) }
        let misplaced = Set(right.prefix { $0 != wanted.first })
        for address in found where !isWanted.contains(address) || misplaced.contains(address) {
            make(overlay) { route throws(NetlinkError) in try route.remove(address) }
        }
        let kept = Set(right).subtracting(misplaced)
        for address in wanted where !kept.contains(address) {
            make(overlay) { route throws(NetlinkError) in try route.add(address) }
        }
    }

    mutating func makeNeighbours(_ overlay: LinkPlan.Overlay, _ bridge: Int32, _ found: [Neighbour]) {
        let wanted = overlay.stations.map { Neighbour(link: bridge, address: $0.address, mac: $0.router ?? $0.mac) }
        let addresses = Set(wanted.map(\.address))
        // What was learnt stays: local containers are.
        let fixed = Set(found.filter(\.isPermanent))
        for neighbour in wanted where !fixed.contains(neighbour) {
            make(overlay) { route throws(NetlinkError) in try route.replace(neighbour) }
        }
        for neighbour in fixed where !addresses.contains(neighbour.address) {
            make(overlay) { route throws(NetlinkError) in try route.remove(neighbour) }
        }
    }

    /// In both tables: the tunnel's says which node it is, the bridge's that it is behind the tunnel.
    mutating func makeForwarding(_ overlay: LinkPlan.Overlay, _ tunnel: Int32, _ found: [ForwardingEntry]) {
        var ends: [MACAddress: Set<ForwardingEntry>] = [:]
        var behind: [MACAddress: ForwardingEntry] = [:]
        for entry in found where entry.lifetime != .own {
            if entry.table == .bridge { behind[entry.mac] = entry } else { ends[entry.mac, default: []].insert(entry) }
        }
        for station in overlay.stations {
            let end = ForwardingEntry(link: tunnel, mac: station.mac, table: .tunnel(station.underlay))
            let others = ends.removeValue(forKey: station.mac) ?? []
            if others != [end] {
                // One is replaced, without a gap; of several, frames would go to all.
                for other in others where others.count > 1 && other != end {
                    make(overlay) { route throws(NetlinkError) in try route.remove(other) }
                }
                make(overlay) { route throws(NetlinkError) in try route.replace(end) }
            }
            let inBridge = ForwardingEntry(link: tunnel, mac: station.mac, table: .bridge)
            if behind.removeValue(forKey: station.mac) != inBridge {
                make(overlay) { route throws(NetlinkError) in try route.replace(inBridge) }
            }
        }
        for entry in ends.values.flatMap({ $0 }) + behind.values {
            make(overlay) { route throws(NetlinkError) in try route.remove(entry) }
        }
    }

    private mutating func make(_ overlay: LinkPlan.Overlay, _ body: (RouteConnection) throws(NetlinkError) -> Void) {
        attempt(overlay) { reconciler throws(NetlinkError) in try reconciler.change(body) }
    }
}
