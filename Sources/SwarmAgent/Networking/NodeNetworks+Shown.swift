import DockerAPI
import SwarmModel

/// What a node that is no manager can say of the swarm's networks: those that it has a place in.
extension NodeNetworks {
    /// As `GET /networks` shows it.
    ///
    /// - Parameter verbose: with the services and the nodes in it.
    func shown(_ network: NetworkAssignment, verbose: Bool) -> NetworkResource {
        let vni = [NetworkOption.vni: "\(network.vni)"]
        var shown = NetworkResource(
            name: network.name, id: network.id, created: network.shown?.createdAt,
            ipam: NetworkResource.IPAM(
                config: [IPAMPool(subnet: network.subnet, range: network.shown?.range, gateway: network.gateway)]),
            isInternal: network.isInternal, isAttachable: network.shown?.isAttachable ?? false, isIngress: network.isIngress,
            options: network.options.merging(vni) { first, _ in first }, labels: network.shown?.labels)
        guard verbose else { return shown }
        shown.peers = peers.filter { $0.key.network == network.id }.sorted { $0.key < $1.key }
            .map { NetworkResource.Peer(name: $0.key.member, address: $0.value.underlay) }
        shown.services = services(in: network)
        return shown
    }

    private func services(in network: NetworkAssignment) -> [String: NetworkResource.ServiceInfo] {
        var infos: [String: NetworkResource.ServiceInfo] = [:]
        for (key, service) in services where key.network == network.id {
            let members = endpoints.values.filter { $0.networkID == network.id && $0.serviceID == service.id }
            infos[service.name] = NetworkResource.ServiceInfo(
                virtualIP: service.virtualIP.map(Self.withoutLength) ?? "",
                ports: network.isIngress
                    ? service.ports.filter { $0.publishMode != "host" }.map {
                        "Target: \($0.target ?? 0), Publish: \($0.published ?? 0)"
                    }
                    : [],
                tasks: members.sorted { $0.taskName < $1.taskName }.map { member in
                    let host = peers[Key(network.id, member.nodeID)]?.underlay ?? ""
                    return NetworkResource.TaskInfo(
                        name: member.taskName, endpointID: member.taskID,
                        address: member.addresses.first.map(Self.withoutLength) ?? "", info: ["Host IP": host])
                })
        }
        return infos
    }

    private static func withoutLength(_ address: String) -> String { String(address.prefix { $0 != "/" }) }
}

extension Worker {
    /// The swarm's networks that this node has a place in, in order of their names.
    public func shownNetworks(verbose: Bool) -> [NetworkResource] {
        nodeNetworks.networks.values.sorted { $0.name < $1.name }.map { nodeNetworks.shown($0, verbose: verbose) }
    }

    /// - Parameter name: an ID, a name, or the beginning of an ID; looked for in that order.
    /// - Throws: status 404 where there is none, and 400 where there are several.
    public func shownNetwork(_ name: String, verbose: Bool) throws(APIError) -> NetworkResource {
        let all = nodeNetworks.networks
        if let exact = all[name] { return nodeNetworks.shown(exact, verbose: verbose) }
        let named = all.values.filter { $0.name == name }
        let found = named.isEmpty && !name.isEmpty ? all.values.filter { $0.id.hasPrefix(name) } : named
        guard let first = found.first else { throw APIError(404, "network \(name) not found") }
        guard found.count == 1 else { throw APIError(400, "network \(name) is ambiguous (\(found.count) matches found)") }
        return nodeNetworks.shown(first, verbose: verbose)
    }
}
