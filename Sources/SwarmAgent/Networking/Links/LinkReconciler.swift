import Glibc
import Netlink

/// One pass from what the kernel has to what is planned.
struct LinkReconciler {
    let route: RouteConnection
    let plan: LinkPlan
    private(set) var outcome = LinkOutcome()

    init(route: RouteConnection, plan: LinkPlan) {
        self.route = route
        self.plan = plan
    }

    mutating func run() -> LinkOutcome {
        do throws(NetlinkError) {
            let links = Dictionary(try route.links().map { ($0.name, $0) }) { first, _ in first }
            // First what is too much: of two tunnels with one number, the kernel refuses the second.
            removeForeign(links)
            var made: [(overlay: LinkPlan.Overlay, bridge: Int32, tunnel: Int32?)] = []
            for overlay in plan.overlays {
                attempt(overlay) { reconciler throws(NetlinkError) in
                    let bridge = try reconciler.makeBridge(overlay, links[overlay.bridge])
                    made.append((overlay, bridge.index, nil))
                    guard let tunnel = overlay.tunnel else { return }
                    made[made.count - 1].tunnel = try reconciler.makeTunnel(tunnel, mtu: overlay.mtu, bridge, links[tunnel.name])
                        .index
                }
            }
            guard !made.isEmpty else { return outcome }
            let entries = KernelEntries(
                addresses: try route.addresses(), neighbours: try route.neighbours(), forwarding: try route.forwardingEntries())
            for (overlay, bridge, tunnel) in made {
                makeAddresses(overlay, bridge, entries.addresses[bridge] ?? [])
                makeNeighbours(overlay, bridge, entries.neighbours[bridge] ?? [])
                if let tunnel { makeForwarding(overlay, tunnel, entries.forwarding[tunnel] ?? []) }
            }
        } catch {
            outcome.problems.append(LinkOutcome.Problem(bridge: nil, error: error))
        }
        return outcome
    }

    /// Does something for a network, and keeps what goes wrong.
    mutating func attempt(_ overlay: LinkPlan.Overlay?, _ body: (inout LinkReconciler) throws(NetlinkError) -> Void) {
        do throws(NetlinkError) {
            try body(&self)
        } catch {
            outcome.problems.append(LinkOutcome.Problem(bridge: overlay?.bridge, error: error))
        }
    }

    /// A change of the kernel, which counts.
    mutating func change(_ body: (RouteConnection) throws(NetlinkError) -> Void) throws(NetlinkError) {
        try body(route)
        outcome.changes += 1
    }

    /// Removes the links that are called like ours and not planned, tunnels before the bridges that they are ports of.
    private mutating func removeForeign(_ links: [String: Link]) {
        let planned = Set(plan.overlays.flatMap { [$0.bridge, $0.tunnel?.name].compactMap { $0 } })
        for link in links.values.filter({ LinkPlan.isOurs($0.name) && !planned.contains($0.name) }).sorted(by: {
            $0.name > $1.name
        }) {
            attempt(nil) { reconciler throws(NetlinkError) in
                try reconciler.change { route throws(NetlinkError) in try route.remove(link) }
            }
        }
    }

    private mutating func makeBridge(_ overlay: LinkPlan.Overlay, _ found: Link?) throws(NetlinkError) -> Link {
        let bridge = try ensure(overlay.bridge, found, isRight: { $0.kind == "bridge" }) { route throws(NetlinkError) in
            try route.makeBridge(overlay.bridge, LinkSettings(mac: overlay.mac))
        }
        // Strict, the kernel would drop what comes by another way than its answer goes: nodes' own traffic to virtual addresses does.
        // Loopback addresses that the engine wants to route (without its proxy for ports, it does) are its matter.
        let routesLoopback = overlay.routesLoopback || bridge.ipv4?.routesLoopback ?? false
        let ipv4 = IPv4Settings(
            reversePathFilter: .loose, routesLoopback: routesLoopback, acceptsOwnAddresses: overlay.acceptsOwnAddresses)
        try settle(bridge, mac: overlay.mac, mtu: overlay.mtu, master: nil, ipv4: ipv4)
        try raise(bridge)
        return bridge
    }

    private mutating func makeTunnel(
        _ tunnel: LinkPlan.Tunnel, mtu: Int, _ bridge: Link, _ found: Link?
    ) throws(NetlinkError) -> Link {
        // The kernel changes neither number nor port of a tunnel, so another one takes its place; the bridge and its containers stay.
        let link = try ensure(tunnel.name, found, isRight: { $0.vxlan == tunnel.vxlan }) { route throws(NetlinkError) in
            try route.makeVXLAN(tunnel.name, tunnel.vxlan, LinkSettings(mac: tunnel.mac, mtu: mtu))
        }
        try settle(link, mac: tunnel.mac, mtu: mtu, master: bridge.index, ipv4: nil)
        // Before it is up, so that nothing is ever flooded to other nodes. A change of the bridge makes the port anew.
        if link.master != bridge.index || link.bridgePort != .onlyKnown {
            try change { route throws(NetlinkError) in try route.set(port: link, .onlyKnown) }
        }
        try raise(link)
        return link
    }

    /// The link of a name, made where there is none, or a wrong one.
    private mutating func ensure(
        _ name: String, _ found: Link?, isRight: (Link) -> Bool, make: (RouteConnection) throws(NetlinkError) -> Void
    ) throws(NetlinkError) -> Link {
        if let found {
            if isRight(found) { return found }
            try change { route throws(NetlinkError) in try route.remove(found) }
        }
        do throws(NetlinkError) {
            try change(make)
        } catch  where error.code == EEXIST {
            // The engine was faster; or the name is free, and something else in the way.
            guard let made = try route.link(named: name), isRight(made) else { throw error }
            return made
        }
        guard let made = try route.link(named: name) else { throw NetlinkError(code: ENODEV, doing: "find the link \(name)") }
        return made
    }

    /// Changes what differs, all but that it is up.
    private mutating func settle(
        _ link: Link, mac: MACAddress, mtu: Int, master: Int32?, ipv4: IPv4Settings?
    ) throws(NetlinkError) {
        var settings = LinkSettings()
        if link.mac != mac { settings.mac = mac }
        if link.mtu != mtu { settings.mtu = mtu }
        if let master, link.master != master { settings.master = master }
        if let ipv4, link.ipv4 != ipv4 { settings.ipv4 = ipv4 }
        // Overlay networks are IPv4; nil where the kernel has no IPv6.
        if let generation = link.ipv6AddressGeneration, generation != .none {
            settings.ipv6AddressGeneration = IPv6AddressGeneration.none
        }
        guard !settings.isEmpty else { return }
        try change { route throws(NetlinkError) in try route.set(link, settings) }
    }

    private mutating func raise(_ link: Link) throws(NetlinkError) {
        guard !link.isUp else { return }
        try change { route throws(NetlinkError) in try route.set(link, LinkSettings(isUp: true)) }
    }
}
