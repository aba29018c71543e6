import SwarmModel

/// What is in each network, and the order in which it came to be so: a session is told what has changed since it was told last, and what
/// that costs depends on the changes alone, not on how much there is.
struct NetworkLedger {
    /// How far one session has been told.
    struct Cursor {
        fileprivate var seen: [String: UInt64] = [:]
        fileprivate var told: [String: NetworkAssignment] = [:]
    }

    private var contents: [String: NetworkContents] = [:]
    /// Nodes' own addresses, by networks and nodes.
    private var peers: [String: [String: NetworkPeer]] = [:]
    /// Of the newest change.
    private var number: UInt64 = 0

    // What is known of the rest of the swarm.
    private var topology: UInt64?
    private var hosts: [String: Host] = [:]
    private var services: [String: UInt64] = [:]
    private var known: Set<String> = []
    private var encrypted: Set<String> = []

    /// What of a node matters to others.
    private struct Host: Equatable {
        var underlay: String
        var tunnelKey: String?
        var isReady: Bool
    }

    // MARK: - What there is

    mutating func put(_ peer: NetworkPeer) {
        peers[peer.networkID, default: [:]][peer.nodeID] = peer
        tell(peer)
    }

    mutating func removePeer(_ network: String, _ node: String) {
        peers[network]?[node] = nil
        contents[network]?.set(\.peers, node, to: nil, .peer(node), &number)
        dropIfEmpty(network)
    }

    private mutating func tell(_ peer: NetworkPeer) {
        let host = hosts[peer.nodeID]
        let value = PeerAssignment(
            networkID: peer.networkID, nodeID: peer.nodeID, underlay: host?.underlay ?? "", address: peer.address,
            isReady: host?.isReady ?? false, tunnelKey: encrypted.contains(peer.networkID) ? host?.tunnelKey : nil)
        contents[peer.networkID, default: NetworkContents()].set(\.peers, peer.nodeID, to: value, .peer(peer.nodeID), &number)
    }

    /// - Returns: the networks in which others see a difference.
    mutating func put(_ task: TaskRecord) -> [String] {
        guard task.status.state >= .assigned, !task.status.state.isTerminal else { return remove(task) }
        return task.networks.compactMap { attachment in
            let value = EndpointAssignment(
                task, attachment, isNodeReady: task.nodeID.flatMap { hosts[$0] }?.isReady ?? false)
            let isNews = contents[attachment.networkID, default: NetworkContents()]
                .set(\.endpoints, task.id, to: value, .endpoint(task.id), &number)
            return isNews ? attachment.networkID : nil
        }
    }

    /// - Returns: the networks that it was in.
    mutating func remove(_ task: TaskRecord) -> [String] {
        task.networks.map(\.networkID).filter { network in
            let isNews = contents[network]?.set(\.endpoints, task.id, to: nil, .endpoint(task.id), &number) ?? false
            if isNews { dropIfEmpty(network) }
            return isNews
        }
    }

    /// The nodes that are in a network.
    func nodes(in network: String) -> some Sequence<String> { (peers[network] ?? [:]).keys }

    /// The places that nodes have.
    var places: [NetworkPeer] { peers.values.flatMap(\.values) }

    /// Takes over what is known of nodes, services and networks.
    ///
    /// - Parameter tasks: those of a node.
    mutating func follow(_ state: ClusterState, tasks: (String) -> [TaskRecord]) {
        // Sessions come with what they have seen last, some of them later than others.
        if let topology, state.topology <= topology { return }
        topology = state.topology
        let former = encrypted
        encrypted = Set(state.networks.values.filter(\.value.isEncrypted).map(\.value.id))
        for network in encrypted.subtracting(former) { for peer in peers[network, default: [:]].values { tell(peer) } }
        var changed = hosts.keys.filter { state.nodes[$0] == nil }
        for id in changed { hosts[id] = nil }
        for (id, node) in state.nodes {
            let host = Host(underlay: node.value.underlay, tunnelKey: node.value.tunnelKey, isReady: node.value.state == .ready)
            if hosts.updateValue(host, forKey: id) != host { changed.append(id) }
        }
        for id in changed {
            for places in peers.values { if let peer = places[id] { tell(peer) } }
            for task in tasks(id) { _ = put(task) }
        }
        followServices(state)
    }

    private mutating func followServices(_ state: ClusterState) {
        let networks = Set(state.networks.keys)
        let isAnew = networks != known
        known = networks
        for id in services.keys where state.services[id] == nil {
            services[id] = nil
            for network in contents.keys { contents[network]?.set(\.services, id, to: nil, .service(id), &number) }
        }
        for (id, service) in state.services where isAnew || services[id] != service.version {
            services[id] = service.version
            for (network, value) in state.networks {
                let isIn = service.value.isIn(value.value)
                guard isIn || contents[network]?.services[id] != nil else { continue }
                contents[network, default: NetworkContents()].set(
                    \.services, id, to: isIn ? ServiceAssignment(service.value, in: value.value) : nil, .service(id), &number)
            }
        }
        for network in contents.keys { dropIfEmpty(network) }
    }

    /// Forgets a network that has gone with all that was in it.
    private mutating func dropIfEmpty(_ network: String) {
        guard !known.contains(network), topology != nil, peers[network]?.isEmpty ?? true,
            contents[network]?.endpoints.isEmpty ?? true
        else { return }
        contents[network] = nil
        peers[network] = nil
    }

    // MARK: - What is told

    /// What a node's data plane is to know besides what it was told.
    ///
    /// - Parameter state: followed before.
    /// - Returns: nil where it was told too long ago for that to be known: it has to be told all, in a new session.
    func changes(for node: String, since cursor: inout Cursor, in state: ClusterState) -> NetworkChanges? {
        var changes = NetworkChanges()
        for (id, places) in peers {
            guard let own = places[node], let network = state.networks[id]?.value, let subnet = network.subnets.first else {
                continue
            }
            let assignment = NetworkAssignment(
                network, subnet: subnet, address: own.address, dataPathPort: state.cluster?.dataPathPort ?? 4789)
            if cursor.told.updateValue(assignment, forKey: id) != assignment { changes.networks.append(assignment) }
            guard contents[id]?.add(to: &changes, id, since: cursor.seen[id]) ?? true else { return nil }
            cursor.seen[id] = number
        }
        for id in cursor.told.keys where peers[id]?[node] == nil || state.networks[id]?.value.subnets.first == nil {
            changes.removedNetworks.append(id)
            contents[id]?.addLeaving(to: &changes, id, since: cursor.seen[id] ?? 0)
            cursor.told[id] = nil
            cursor.seen[id] = nil
        }
        changes.sort()
        return changes
    }
}

extension NetworkChanges {
    fileprivate mutating func sort() {
        networks.sort { $0.id < $1.id }
        peers.sort { ($0.networkID, $0.nodeID) < ($1.networkID, $1.nodeID) }
        endpoints.sort { ($0.networkID, $0.taskID) < ($1.networkID, $1.taskID) }
        services.sort { ($0.networkID, $0.id) < ($1.networkID, $1.id) }
        removedNetworks.sort()
        removedPeers.sort()
        removedEndpoints.sort()
        removedServices.sort()
    }
}

extension Service {
    /// Whether it is in a network: it names it, or publishes something through it.
    fileprivate func isIn(_ network: Network) -> Bool {
        if network.isIngress { return spec.endpoint?.hasIngressPorts ?? false }
        return spec.taskTemplate.networkIDs.contains(network.id)
    }
}
