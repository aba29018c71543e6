import DockerAPI
import SwarmModel

/// What managers tell of networks, in few words.
extension NodeNetworks {
    private static let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)

    /// A network `10.0.<third>.0/24`, in which this node has the address that ends in 3.
    mutating func add(network id: String, _ third: Int, isIngress: Bool = false, isInternal: Bool = false) {
        let network = Network(
            id: id, now: Self.time, spec: NetworkSpec(name: id, isInternal: isInternal, isIngress: isIngress),
            vni: 4096 + UInt32(third), subnets: [.init(block: "10.0.\(third).0/24", gateway: "10.0.\(third).1")])
        networks[id] = NetworkAssignment(network, subnet: network.subnets[0], address: "10.0.\(third).3/24", dataPathPort: 4789)
    }

    /// A service in the mode `dnsrr` without an address, else in the mode `vip`.
    mutating func add(service name: String, in network: String, _ address: String?, aliases: [String] = []) {
        var service = Service(
            id: name, now: Self.time,
            spec: ServiceSpec(
                name: name, taskTemplate: TaskSpec(networks: [NetworkAttachmentConfig(target: network, aliases: aliases)])))
        service.spec.endpoint = EndpointSpec(mode: address == nil ? "dnsrr" : "vip")
        service.endpoint = SwarmService.Endpoint(
            virtualIPs: address.map { [.init(networkID: network, address: $0 + "/24")] })
        let place = Network(id: network, now: Self.time, spec: NetworkSpec(name: network), vni: 1, subnets: [])
        services[Key(network, name)] = ServiceAssignment(service, in: place)
    }

    mutating func add(
        task id: String, of service: String, on node: String, in network: String, _ address: String, isReady: Bool = true,
        aliases: [String] = []
    ) {
        let record = Service(id: service, now: Self.time, spec: ServiceSpec(name: service, taskTemplate: TaskSpec()))
        let task = TaskRecord(id: id, now: Self.time, service: record, slot: 1, nodeID: node, desiredState: .running)
        var endpoint = EndpointAssignment(
            task, TaskRecord.Attachment(networkID: network, addresses: [address + "/24"], aliases: aliases), on: nil)
        endpoint.isReady = isReady
        endpoints[Key(network, id)] = endpoint
    }
}
