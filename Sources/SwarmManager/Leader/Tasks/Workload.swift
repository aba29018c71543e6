import DockerAPI
import Orchestration
import SwarmModel
import SwarmRPC

/// The leader's knowledge of services, tasks and nodes, and what is to be written next: no store, no clock.
///
/// Tasks are written by the leader alone, so they are read once, when it begins; after that what is here is newer than what any copy
/// of the store says. All else is followed.
struct Workload {
    private var orchestrator: Orchestrator
    private(set) var tasks: [String: TaskRecord] = [:]
    private var nodes: [String: UInt64] = [:]
    private var networks: [String: UInt64] = [:]
    /// The versions that are known, so that a change of theirs is noticed and a write on top of another's is not done.
    private(set) var services: [String: UInt64] = [:]
    /// Reported, and not yet written.
    private var reported: Set<String> = []
    /// The store's revision of the newest write: a copy of the store that is older says nothing new.
    private var written: UInt64 = 0
    /// The revision of the newest copy of the store that was taken over.
    private var followed: UInt64 = 0

    /// - Parameters:
    ///   - tasks: all there are in the store.
    ///   - makeID: IDs of new tasks.
    init(_ state: ClusterState, tasks: [TaskRecord], now: Timestamp, makeID: @escaping () -> String) {
        orchestrator = Orchestrator(makeID: makeID)
        follow(state)
        for peer in state.peers.values { orchestrator.put(peer.value) }
        for task in tasks {
            self.tasks[task.id] = task
            orchestrator.put(task, now: now)
        }
    }

    /// When something is to be decided though nothing happens.
    var wake: Timestamp? { orchestrator.wake }

    /// Takes over what has changed in the store.
    mutating func follow(_ state: ClusterState) {
        guard state.revision >= written else { return }
        followed = state.revision
        orchestrator.history = Int(state.cluster?.spec.orchestration?.taskHistoryRetentionLimit ?? 5)
        // Before what is in them.
        for (id, network) in state.networks where networks[id] != network.version {
            networks[id] = network.version
            orchestrator.put(network.value)
        }
        for id in networks.keys where state.networks[id] == nil {
            networks[id] = nil
            orchestrator.removeNetwork(id)
        }
        for (id, node) in state.nodes where nodes[id] != node.version {
            nodes[id] = node.version
            orchestrator.put(node.value)
        }
        for id in nodes.keys where state.nodes[id] == nil {
            nodes[id] = nil
            orchestrator.removeNode(id)
        }
        for (id, service) in state.services where services[id] != service.version {
            services[id] = service.version
            orchestrator.put(service.value)
        }
        for id in services.keys where state.services[id] == nil {
            services[id] = nil
            orchestrator.removeService(id)
        }
    }

    /// Takes over what a node says of a task. Only a task's own node is believed, and never that a task has gone back.
    mutating func take(_ report: TaskReport, from node: String, now: Timestamp) {
        guard var task = tasks[report.taskID], task.nodeID == node, task.status.state >= .assigned else { return }
        var status = report.status
        guard status.state >= task.status.state, status.state <= .rejected, task.status.state <= .rejected else { return }
        // A clock that is ahead would make the task look younger than everything else for as long.
        let time = min(status.timestamp, now)
        status.timestamp = max(task.status.timestamp, time)
        guard status != task.status else { return }
        if status.state >= .running, task.status.state < .running, status.state <= .failed, status.state != .shutdown {
            task.startedAt = task.startedAt ?? time
        }
        task.status = status
        task.touch(now)
        tasks[task.id] = task
        reported.insert(task.id)
        orchestrator.put(task, now: now)
    }

    /// Gives a container its place in a network; `changes` then has it in it.
    ///
    /// - Returns: what it has got; nil where the network is not known here yet.
    /// - Throws: why it gets nothing.
    mutating func attach(_ request: AttachmentRequest, now: Timestamp) throws(APIError) -> TaskRecord? {
        // The answer to an earlier attempt was lost.
        if let present = tasks[request.task.id] { return present }
        guard let network = request.task.spec.networkIDs.first else { return nil }
        guard orchestrator.knows(network: network) else {
            guard followed >= request.revision else { return nil }
            throw APIError.remote(.notFound, "network \(network) not found")
        }
        return try orchestrator.attach(request.task, address: request.address, now: now)
    }

    /// Takes back a container's place, or those of all containers of a node.
    mutating func detach(_ id: String?, from node: String) { orchestrator.detach(id, from: node) }

    /// What is to be written now: what was reported, and what follows from everything that is known.
    mutating func changes(now: Timestamp) -> [Change] {
        let decisions = orchestrator.decide(now: now)
        var changed: Set<String> = []
        for decision in decisions {
            switch decision {
            case .create(let task), .update(let task):
                tasks[task.id] = task
                changed.insert(task.id)
            case .deleteTask(let id):
                tasks[id] = nil
                changed.insert(id)
            case .service, .deleteService, .peer, .removePeer: break
            }
        }
        let reports = reported.subtracting(changed).sorted().compactMap { tasks[$0].map(Change.update) }
        reported = []
        return reports + decisions
    }

    /// Takes down what a transaction has done.
    mutating func wrote(_ changes: some Sequence<Change>, revision: UInt64) {
        written = revision
        for change in changes {
            switch change {
            case .service(let service): services[service.id] = revision
            case .deleteService(let id): services[id] = nil
            case .create, .update, .deleteTask, .peer, .removePeer: break
            }
        }
    }
}
