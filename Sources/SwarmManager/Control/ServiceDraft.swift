import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore

/// A change of a service on its way to the store, with what it depends on of other objects: which ports are free, and which secrets
/// and configs there are. What was read is part of the transaction's conditions, so that of two changes that do not go together only
/// one is carried out.
struct ServiceDraft {
    /// The other services, without those that are removed.
    let others: [Service]
    var transaction = Transaction()
    /// The swarm as it was read.
    private let state: ClusterState

    /// - Parameter id: the service's own.
    init(of id: String, in state: ClusterState) {
        self.state = state
        others = state.livingServices.map(\.value).filter { $0.id != id }
    }

    /// Checks the service against the others and gives ports to it.
    ///
    /// - Parameter old: what it was; nil for a new one.
    mutating func complete(_ service: inout Service, from old: Service?) throws {
        for kind in TaskData.Kind.allCases { try checkReferences(of: service.spec, to: kind) }
        try checkNetworks(of: service.spec)
        let before = (old?.endpoint?.ports ?? []) + (old?.previousEndpoint?.ports ?? [])
        let published = try PortAllocation(others).ports(for: service.spec.endpoint, before: before)
        service.endpoint = SwarmService.Endpoint(
            spec: service.spec.endpoint ?? EndpointSpec(), ports: published.isEmpty ? nil : published,
            virtualIPs: old?.endpoint?.virtualIPs)
        guard old?.endpoint?.ports ?? [] != published else { return }
        transaction.require(StoreKey.portAllocations, as: state.allocations[StoreKey.portAllocations])
        transaction.put(StoreKey.portAllocations, Data(service.id.utf8))
    }

    private mutating func checkNetworks(of spec: ServiceSpec) throws {
        var needed = spec.taskTemplate.networkIDs
        for id in needed where state.networks[id] == nil { throw APIError(404, "network \(id) not found") }
        if spec.endpoint?.hasIngressPorts ?? false {
            guard let ingress = state.networks.values.first(where: \.value.isIngress)?.value else {
                throw APIError.remote(.failedPrecondition, "service needs ingress network, but no ingress network is present")
            }
            needed.append(ingress.id)
        }
        guard !needed.isEmpty else { return }
        for id in Set(needed).sorted() { transaction.require(present: StoreKey.network(id)) }
        // Who removes one meanwhile has to look again.
        transaction.put(StoreKey.networkReferences, Data((spec.name ?? "").utf8))
    }

    private mutating func checkReferences(of spec: ServiceSpec, to kind: TaskData.Kind) throws {
        let references = spec.taskTemplate.references(to: kind)
        let data = state.data(kind).map(\.value)
        let missing = references.filter { reference in
            !data.contains { $0.id == reference.id && $0.name == reference.name }
        }
        guard missing.isEmpty else {
            let noun = missing.count == 1 ? kind.noun : kind.rawValue
            throw APIError.remote(
                .invalidArgument, "\(noun) not found: \(missing.map(\.name).joined(separator: ", "))")
        }
        guard !references.isEmpty else { return }
        for id in Set(references.map(\.id)).sorted() { transaction.require(present: StoreKey.data(kind, id)) }
        // Who removes one meanwhile has to look again.
        transaction.put(StoreKey.references(to: kind), Data((spec.name ?? "").utf8))
    }
}
