import Orchestration
import SwarmModel
import Synchronization

/// Which tasks each node has, as the leader has written them: what the nodes' sessions send on.
final class TaskBoard: Sendable {
    private struct Inner {
        /// By their nodes' IDs; nil until the leader knows what there is: that nothing is known must not look like nothing to do.
        var tasks: [String: [String: TaskRecord]]?
        var homes: [String: String] = [:]
        /// Tasks that have a node and have not ended, by their networks.
        var endpoints: [String: [String: TaskRecord]] = [:]
        /// Nodes' places in networks, by networks and nodes.
        var peers: [String: [String: NetworkPeer]] = [:]
        var listeners: [Int: (node: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var next = 0
    }

    private let inner = Mutex(Inner())

    /// Begins with these tasks, whatever was there before.
    func replace(_ all: some Sequence<TaskRecord>, peers: some Sequence<NetworkPeer> = []) {
        let listeners = inner.withLock { inner in
            inner.tasks = [:]
            inner.homes = [:]
            (inner.endpoints, inner.peers) = ([:], [:])
            for peer in peers { inner.peers[peer.networkID, default: [:]][peer.nodeID] = peer }
            for task in all { Self.put(task, &inner) }
            return Array(inner.listeners.values)
        }
        for listener in listeners { listener.continuation.yield() }
    }

    /// - Parameter changes: those of nodes' places in networks among them.
    func apply(put tasks: [TaskRecord], remove ids: [String], _ changes: some Sequence<Change> = EmptyCollection()) {
        let listeners = inner.withLock { inner in
            var touched: Set<String> = []
            // Who is in a network has to know of everybody who is.
            var networks: Set<String> = []
            for change in changes {
                switch change {
                case .peer(let peer):
                    inner.peers[peer.networkID, default: [:]][peer.nodeID] = peer
                    networks.insert(peer.networkID)
                case .removePeer(let network, let node):
                    inner.peers[network]?[node] = nil
                    networks.insert(network)
                    touched.insert(node)
                default: break
                }
            }
            for id in ids {
                networks.formUnion(Self.dropEndpoints(of: id, &inner))
                guard let node = inner.homes.removeValue(forKey: id) else { continue }
                inner.tasks?[node]?[id] = nil
                touched.insert(node)
            }
            for task in tasks {
                for network in task.networks.map(\.networkID)
                where inner.endpoints[network]?[task.id].map({ !$0.isSame(for: task) }) ?? true { networks.insert(network) }
                Self.put(task, &inner)
                if let node = task.nodeID { touched.insert(node) }
            }
            for network in networks { touched.formUnion((inner.peers[network] ?? [:]).keys) }
            return inner.listeners.values.filter { touched.contains($0.node) }
        }
        for listener in listeners { listener.continuation.yield() }
    }

    private static func put(_ task: TaskRecord, _ inner: inout Inner) {
        guard let node = task.nodeID else { return }
        inner.homes[task.id] = node
        inner.tasks?[node, default: [:]][task.id] = task
        if task.status.state.isTerminal || task.status.state < .assigned {
            dropEndpoints(of: task.id, &inner)
        } else {
            for attachment in task.networks { inner.endpoints[attachment.networkID, default: [:]][task.id] = task }
        }
    }

    /// - Returns: the networks that it was in.
    @discardableResult
    private static func dropEndpoints(of id: String, _ inner: inout Inner) -> [String] {
        guard let node = inner.homes[id], let task = inner.tasks?[node]?[id] else { return [] }
        let networks = task.networks.map(\.networkID)
        for network in networks { inner.endpoints[network]?[id] = nil }
        return networks
    }

    /// What a node's data plane is to know now.
    ///
    /// - Parameter state: of everything else.
    func networks(of node: String, in state: ClusterState) -> NodeNetworks {
        inner.withLock { inner in
            var result = NodeNetworks()
            for (id, peers) in inner.peers {
                guard let own = peers[node], let network = state.networks[id]?.value, let subnet = network.subnets.first else {
                    continue
                }
                result.networks[id] = NetworkAssignment(
                    network, subnet: subnet, address: own.address, dataPathPort: state.cluster?.dataPathPort ?? 4789)
                for peer in peers.values {
                    let host = state.nodes[peer.nodeID]?.value
                    result.peers[NodeNetworks.Key(id, peer.nodeID)] = PeerAssignment(
                        networkID: id, nodeID: peer.nodeID, underlay: host?.underlay ?? "", address: peer.address,
                        isReady: host?.state == .ready)
                }
                for task in (inner.endpoints[id] ?? [:]).values {
                    guard let attachment = task.networks.first(where: { $0.networkID == id }) else { continue }
                    result.endpoints[NodeNetworks.Key(id, task.id)] = EndpointAssignment(
                        task, attachment, on: task.nodeID.flatMap { state.nodes[$0]?.value })
                }
            }
            for service in state.services.values.map(\.value) {
                for id in result.networks.keys {
                    guard let network = state.networks[id]?.value, service.isIn(network) else { continue }
                    result.services[NodeNetworks.Key(id, service.id)] = ServiceAssignment(service, in: network)
                }
            }
            return result
        }
    }

    /// Those that were given to a node; nil while that is not known.
    func tasks(of node: String) -> [TaskRecord]? {
        inner.withLock { inner in
            inner.tasks.map { ($0[node] ?? [:]).values.filter { $0.status.state >= .assigned && $0.status.state != .orphaned } }
        }
    }

    /// Nodes of a service's tasks, or of one task.
    func nodes(of source: LogSelection.Source) -> [String: Set<String>] {
        inner.withLock { inner in
            var found: [String: Set<String>] = [:]
            for (node, tasks) in inner.tasks ?? [:] {
                for task in tasks.values where source.includes(task) && task.status.state >= .assigned {
                    found[node, default: []].insert(task.id)
                }
            }
            return found
        }
    }

    /// Tells when the tasks of a node may have changed, now and from now on.
    func changes(of node: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = inner.withLock { inner in
            inner.next += 1
            inner.listeners[inner.next] = (node, continuation)
            return inner.next
        }
        continuation.onTermination = { _ in self.inner.withLock { $0.listeners[key] = nil } }
        continuation.yield()
        return stream
    }
}

extension TaskRecord {
    /// Whether others in its networks see no difference.
    fileprivate func isSame(for task: TaskRecord) -> Bool {
        networks == task.networks && nodeID == task.nodeID && (status.state == .running) == (task.status.state == .running)
            && status.state.isTerminal == task.status.state.isTerminal
            && (desiredState <= .complete) == (task.desiredState <= .complete)
    }
}

extension Service {
    /// Whether it is in a network: it names it, or publishes something through it.
    fileprivate func isIn(_ network: Network) -> Bool {
        if network.isIngress { return spec.endpoint?.hasIngressPorts ?? false }
        return spec.taskTemplate.networkIDs.contains(network.id)
    }
}

extension LogSelection.Source {
    /// Whether the task is one of those whose output is asked for.
    public func includes(_ task: TaskRecord) -> Bool {
        switch self {
        case .service(let id): task.serviceID == id
        case .task(let id): task.id == id
        }
    }
}

extension TaskBoard {
    /// Tells when what a node is to be told may have changed, now and from now on: its tasks, or what else is in its networks.
    func changes(of node: String, and view: ClusterView) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in self.changes(of: node) { continuation.yield() } }
                group.addTask {
                    var last: UInt64?
                    for await state in view.states() where state.topology != last {
                        last = state.topology
                        continuation.yield()
                    }
                }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
