import Netlink

/// What the fast path leads to, as the kernel has it.
struct ContainerPorts: Sendable, Equatable {
    /// Those of this node's containers that the bridges have heard.
    var all: [ContainerPort] = []
    /// Indexes of the tunnels, by name.
    var tunnels: [String: Int32] = [:]
}

/// Where a container of this node is.
struct ContainerPort: Sendable, Hashable {
    var bridge: String
    /// The bridge's port that leads to it.
    var name: String
    var index: Int32
    var mac: MACAddress
}

extension LinkTable {
    /// Finds the containers of a plan, and has the bridges keep where they are for as long as they have the port: what takes the fast path
    /// they do not hear.
    func containers(of plan: LinkPlan) async throws(NetlinkError) -> ContainerPorts {
        let result: Result<ContainerPorts, NetlinkError> = await onThread { [route] in
            Result { () throws(NetlinkError) in
                var found = ContainerPorts()
                let links = try route.links()
                let entries = Dictionary(grouping: try route.forwardingEntries().filter { $0.table == .bridge }, by: \.link)
                for overlay in plan.overlays {
                    guard let bridge = links.first(where: { $0.name == overlay.bridge }) else { continue }
                    for port in links where port.master == bridge.index {
                        if port.name == overlay.tunnel?.name {
                            found.tunnels[port.name] = port.index
                            continue
                        }
                        for entry in entries[port.index] ?? []
                        where entry.lifetime != .own && overlay.containers.contains(entry.mac) {
                            found.all.append(
                                ContainerPort(bridge: bridge.name, name: port.name, index: port.index, mac: entry.mac))
                            try fix(entry)
                        }
                    }
                }
                return found
            }
        }
        return try result.get()
    }

    private func fix(_ entry: ForwardingEntry) throws(NetlinkError) {
        guard entry.lifetime == .learnt else { return }
        var entry = entry
        entry.lifetime = .fixed
        do throws(NetlinkError) {
            try route.replace(entry)
        } catch  where error.isAbsence {
            // The container has gone, and its port with it.
        }
    }
}
