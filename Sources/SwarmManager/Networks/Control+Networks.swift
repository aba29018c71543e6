import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore

extension Control {
    /// All networks of the swarm, as the API shows them.
    ///
    /// - Parameter verbose: with the services and the nodes in them.
    public func networks(verbose: Bool = false) async throws -> [NetworkResource] {
        let (state, tasks) = try await view.present()
        let networks = state.networks.values.map(\.value).sorted { $0.name < $1.name }
        return verbose ? try networks.map { try detailed($0, in: state, tasks) } : networks.map(\.shown)
    }

    /// - Parameters:
    ///   - name: an ID, a name, or the beginning of an ID; looked for in that order.
    ///   - verbose: with the services and the nodes in it.
    public func network(_ name: String, verbose: Bool) async throws -> NetworkResource {
        let (state, tasks) = try await view.present()
        let network = try state.network(name).value
        return verbose ? try detailed(network, in: state, tasks) : network.shown
    }

    /// - Returns: the ID.
    public func createNetwork(_ request: NetworkCreateRequest) async throws -> String {
        let spec = try request.spec()
        var generator = SystemRandomNumberGenerator()
        let id = Identifier.make(using: &generator)
        let name = StoreKey.name(spec.name ?? "", in: "networks")
        let taken = APIError(409, "network with name \(spec.name ?? "") already exists")
        try await retrying {
            let state = try await present()
            let networks = state.networks.inOrder.map(\.value)
            guard !networks.contains(where: { $0.name.lowercased() == spec.name?.lowercased() }) else { throw taken }
            guard let cluster = state.cluster else { throw APIError.noCluster }
            let transaction = try Transaction.creating(
                spec, id: id, now: now(), allocations: state.allocations[StoreKey.networkAllocations], cluster: cluster,
                networks: networks, nodes: state.nodes.inOrder.map(\.value))
            let conflict = try await objects.attempt(transaction)
            if conflict?.condition.key == name { throw taken }
            return conflict == nil
        }
        return id
    }

    public func removeNetwork(_ name: String) async throws {
        // Of a container that was removed a moment ago, its node is just telling.
        for attempt in 1... {
            do {
                return try await removeUnused(name)
            } catch let inUse as NetworkInUse {
                guard inUse.isByContainer, attempt < Self.removalAttempts else { throw inUse.error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private static let removalAttempts = 5

    /// Why a network stays.
    private struct NetworkInUse: Error {
        var error: APIError
        /// Whether by nothing but plain containers.
        var isByContainer = false

        init(_ network: Network, by user: String, isByContainer: Bool = false) {
            error = .remote(.failedPrecondition, "network \(network.id) is in use by \(user)")
            self.isByContainer = isByContainer
        }
    }

    private func removeUnused(_ name: String) async throws {
        try await retrying {
            let (state, tasks) = try await view.present()
            let present = try state.network(name)
            let network = present.value
            try checkUnused(network, in: state, tasks)
            var transaction = Transaction()
            transaction.require(StoreKey.network(network.id), modRevision: present.version)
            // Services that come to refer to it meanwhile change it.
            transaction.require(StoreKey.networkReferences, as: state.allocations[StoreKey.networkReferences])
            transaction.delete(StoreKey.network(network.id))
            transaction.delete(StoreKey.name(network.name, in: "networks"))
            return try await objects.attempt(transaction) == nil
        }
    }

    /// Removes networks that nothing uses, but for the one of the routing mesh.
    ///
    /// - Parameter filter: which of them.
    /// - Returns: their names.
    public func pruneNetworks(where filter: (NetworkResource) -> Bool) async throws -> [String] {
        var removed: [String] = []
        for network in try await present().networks.inOrder.map(\.value) where !network.isIngress && filter(network.shown) {
            do {
                try await removeUnused(network.id)
                removed.append(network.name)
            } catch is NetworkInUse {
                continue
            } catch let error as APIError where error.status == 400 || error.status == 404 {
                // In use, or gone meanwhile.
                continue
            }
        }
        return removed
    }

    private func checkUnused(_ network: Network, in state: ClusterState, _ tasks: [String: StoreEntry]) throws {
        let services = state.livingServices.map(\.value)
        if network.isIngress {
            if let user = services.first(where: { $0.spec.endpoint?.hasIngressPorts ?? false }) {
                throw APIError.remote(
                    .failedPrecondition, "ingress network cannot be removed because service \(user.id) depends on it")
            }
        } else if let user = services.first(where: { $0.spec.taskTemplate.networkIDs.contains(network.id) }) {
            throw NetworkInUse(network, by: "service \(user.id)")
        }
        let living = Set(services.map(\.id))
        // Tasks of a service that was removed are on their way out.
        let user = try objects.tasks(in: tasks.values, TaskSieve(in: network.id)).map(\.value).first { task in
            (task.isAttachment || living.contains(task.serviceID)) && task.desiredState <= .running
                && task.status.state <= .running
                && task.networks.contains { $0.networkID == network.id }
        }
        if let user {
            throw NetworkInUse(network, by: "task \(user.id)", isByContainer: user.isAttachment)
        }
    }
}

extension ClusterState {
    /// The spec with its networks by their IDs.
    ///
    /// - Throws: status 404 for one that is not there.
    func resolvingNetworks(of spec: ServiceSpec) throws -> ServiceSpec {
        guard !spec.taskTemplate.networkIDs.isEmpty else { return spec }
        var spec = spec
        var resolved: [NetworkAttachmentConfig] = []
        for attachment in spec.taskTemplate.networks ?? [] {
            var attachment = attachment
            let target = attachment.target ?? ""
            if !TaskSpec.predefinedNetworks.contains(target) {
                let network = try network(target).value
                guard !network.isIngress else {
                    throw ServiceValidation.refusal(
                        "Service cannot be explicitly attached to the ingress network \"\(network.name)\"")
                }
                attachment.target = network.id
            }
            if !resolved.contains(where: { $0.target == attachment.target }) { resolved.append(attachment) }
        }
        spec.taskTemplate.networks = resolved
        return spec
    }
}

extension Network: Named {}

extension Transaction {
    /// Puts a network into the store, if what it was planned from has not changed since.
    ///
    /// - Parameter allocations: what was under the key when everything else was read, or before.
    static func creating(
        _ spec: NetworkSpec, id: String, now: Timestamp, allocations: StoreEntry?, cluster: Cluster, networks: [Network],
        nodes: [Node]
    ) throws -> Transaction {
        let last = try allocations.map { try ClusterStore.decode($0) as NetworkAllocations }
        let plan = NetworkPlan(
            cluster: cluster, networks: networks, nodes: nodes.compactMap { IPv4Address($0.address) }, last: last?.lastVNI)
        let network = try plan.network(spec, id: id, now: now)
        var transaction = Transaction()
        let name = StoreKey.name(network.name, in: "networks")
        transaction.require(absent: name)
        transaction.require(StoreKey.networkAllocations, as: allocations)
        let isChosen = spec.driver?.options?[NetworkOption.vni] == nil
        let next = NetworkAllocations(lastVNI: isChosen ? network.vni : last?.lastVNI ?? NetworkPlan.firstVNI - 1)
        transaction.put(StoreKey.networkAllocations, try JSONEncoder().encode(next))
        transaction.put(name, Data(network.id.utf8))
        try transaction.put(network)
        return transaction
    }
}

/// What is remembered of networks that were there before. It is also what changes with each network that is made, so that two that are
/// made at once do not get the same.
struct NetworkAllocations: Codable {
    var lastVNI: UInt32
}

extension NetworkSpec {
    /// The network of the routing mesh that a new swarm has.
    static let ingress = NetworkSpec(
        name: "ingress", driver: LogDriver(name: "overlay"), isIngress: true,
        ipam: IPAMOptions(driver: LogDriver(name: "default")),
        scope: "swarm")
}
