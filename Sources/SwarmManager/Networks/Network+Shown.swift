import DockerAPI
import SwarmModel
import SwarmStore

extension Network {
    /// As `GET /networks` shows it.
    var shown: NetworkResource {
        NetworkResource(
            name: name, id: id, created: createdAt,
            ipam: NetworkResource.IPAM(
                config: subnets.map { IPAMPool(subnet: $0.block, range: $0.range, gateway: $0.gateway) }),
            isInternal: spec.isInternal ?? false, isAttachable: spec.isAttachable ?? false, isIngress: isIngress,
            options: (spec.driver?.options ?? [:]).merging([NetworkOption.vni: "\(vni)"]) { first, _ in first },
            labels: spec.labels)
    }

    /// As tasks show it that are in it.
    func attached(version: UInt64) -> SwarmNetwork {
        SwarmNetwork(
            id: id, version: ObjectVersion(index: version), createdAt: createdAt, updatedAt: updatedAt, spec: spec,
            driverState: LogDriver(name: "overlay", options: [NetworkOption.vni: "\(vni)"]),
            ipam: IPAMOptions(
                driver: LogDriver(name: "default"),
                configs: subnets.map { IPAMConfig(subnet: $0.block, range: $0.range, gateway: $0.gateway) }))
    }
}

extension Control {
    /// A network with the services and the nodes in it.
    func detailed(_ network: Network, in state: ClusterState, _ tasks: [String: StoreEntry]) throws -> NetworkResource {
        var shown = network.shown
        let tasks = Dictionary(
            grouping: try objects.tasks(in: tasks.values, TaskSieve(in: network.id)).map { $0.value.seen(on: state.nodes) },
            by: \.serviceID)
        var services: [String: NetworkResource.ServiceInfo] = [:]
        for service in state.services.values.map(\.value) {
            let members = (tasks[service.id] ?? []).filter { !$0.status.state.isTerminal && $0.status.state >= .assigned }
                .compactMap { task in
                    task.networks.first { $0.networkID == network.id }.map { (task, $0.addresses.first ?? "") }
                }
            let address = service.endpoint?.virtualIPs?.first { $0.networkID == network.id }?.address
            guard address != nil || !members.isEmpty else { continue }
            services[service.name] = NetworkResource.ServiceInfo(
                virtualIP: address.map(Self.withoutLength) ?? "",
                ports: network.isIngress
                    ? (service.endpoint?.ports ?? []).filter { !$0.isHost }.map {
                        "Target: \($0.target ?? 0), Publish: \($0.published ?? 0)"
                    }
                    : [],
                tasks: members.sorted { $0.0.name < $1.0.name }.map { task, address in
                    NetworkResource.TaskInfo(
                        name: task.name, endpointID: task.id, address: Self.withoutLength(address),
                        info: ["Host IP": task.nodeID.flatMap { state.nodes[$0] }?.value.address ?? ""])
                })
        }
        shown.services = services
        shown.peers = state.peers(of: network.id).map { peer in
            NetworkResource.Peer(name: peer.nodeID, address: state.nodes[peer.nodeID]?.value.address ?? "")
        }
        return shown
    }

    private static func withoutLength(_ address: String) -> String { String(address.prefix { $0 != "/" }) }
}
