import DockerAPI
import SwarmModel

/// Decides on which node a task runs. It is told of every node and task, and of nothing else: no clock, no chance.
///
/// The tasks of one version of a service are placed together: nodes are looked at once, and each placement costs the logarithm of
/// their number.
public struct Scheduler: Sendable {
    private var nodes: [NodeLoad] = []
    private var indices: [String: Int] = [:]
    /// Where each task is.
    private var places: [String: String] = [:]

    public init() {}

    // MARK: - What there is

    /// A node is there, or has changed.
    public mutating func put(_ node: Node) {
        if let index = indices[node.id] {
            nodes[index].update(node)
        } else {
            indices[node.id] = nodes.count
            nodes.append(NodeLoad(node))
        }
    }

    public mutating func removeNode(_ id: String) {
        guard let index = indices.removeValue(forKey: id) else { return }
        nodes.swapAt(index, nodes.count - 1)
        nodes.removeLast()
        if index < nodes.count { indices[nodes[index].node.id] = index }
    }

    /// A task has a node, or has changed.
    public mutating func put(_ task: TaskRecord) {
        guard let node = task.nodeID else { return }
        places[task.id] = node
        if let index = indices[node] { nodes[index].put(task) }
    }

    public mutating func removeTask(_ id: String) {
        guard let node = places.removeValue(forKey: id), let index = indices[node] else { return }
        nodes[index].remove(id)
    }

    /// A task has ended by itself where it should have run.
    public mutating func failed(_ task: TaskRecord, now: Timestamp) {
        guard let node = task.nodeID, let index = indices[node] else { return }
        nodes[index].failed(NodeLoad.Version(service: task.serviceID, number: task.specVersion), now: now)
    }

    // MARK: - Decisions

    /// What becomes of a task.
    public enum Decision: Sendable, Equatable {
        /// It has the node and the generic resources that are in it now.
        case assigned(TaskRecord)
        /// No node can take it at present; the text says why.
        case impossible(task: String, reason: String)
    }

    /// Places tasks that have no node, all of one version of a service.
    public mutating func place(_ tasks: [TaskRecord], now: Timestamp) -> [Decision] {
        guard let first = tasks.first else { return [] }
        let demand = Demand(first)
        var obstacles: [Obstacle: Int] = [:]
        var candidates: [Branch.Candidate] = []
        let descriptors = (first.spec.placement?.preferences ?? []).compactMap { $0.spread?.descriptor }.map(Descriptor.init)
        // In place: a copy of each node would cost more than the look at it.
        var tree = nodes.withUnsafeBufferPointer { nodes in
            for index in nodes.indices {
                if let obstacle = demand.obstacle(nodes[index]) {
                    obstacles[obstacle, default: 0] += 1
                } else {
                    candidates.append(Self.candidate(index, nodes[index], demand, now))
                }
            }
            return Branch(candidates, by: descriptors[...]) { index, descriptor in descriptor.label(of: nodes[index].node) }
        }
        var decisions: [Decision] = []
        decisions.reserveCapacity(tasks.count)
        for task in tasks {
            var task = task
            let isPlaced = tree.place { candidate in
                if let obstacle = demand.exhausted(nodes[candidate.index]) {
                    obstacles[obstacle, default: 0] += 1
                    return nil
                }
                assign(&task, to: candidate.index, demand, message: "scheduler assigned task to node", now)
                return Self.candidate(candidate.index, nodes[candidate.index], demand, now)
            }
            decisions.append(isPlaced ? .assigned(task) : .impossible(task: task.id, reason: Self.explain(obstacles)))
        }
        return decisions
    }

    /// Looks whether a task that belongs to a node, as those of global services do, can run there.
    public mutating func confirm(_ task: TaskRecord, now: Timestamp) -> Decision {
        guard let node = task.nodeID, let index = indices[node] else {
            return .impossible(task: task.id, reason: Self.explain([:]))
        }
        let demand = Demand(task)
        nodes[index].remove(task.id)
        if let obstacle = demand.obstacle(nodes[index]) {
            nodes[index].put(task)
            return .impossible(task: task.id, reason: Self.explain([obstacle: 1]))
        }
        var task = task
        assign(&task, to: index, demand, message: "scheduler confirmed task can run on preassigned node", now)
        return .assigned(task)
    }

    private mutating func assign(
        _ task: inout TaskRecord, to index: Int, _ demand: Demand, message: String, _ now: Timestamp
    ) {
        task.nodeID = nodes[index].node.id
        task.enter(.assigned, now: now, message: message)
        nodes[index].assign(&task, demand.resources)
        places[task.id] = nodes[index].node.id
    }

    private static func candidate(_ index: Int, _ load: NodeLoad, _ demand: Demand, _ now: Timestamp) -> Branch.Candidate {
        let tasks = load.tasks(of: demand.service)
        let active = load.active
        let (first, second) =
            switch demand.strategy {
            case .spread: (tasks, active)
            case .binpack: (-load.fullness, -active)
            }
        return Branch.Candidate(
            rank: Branch.Rank(isFailing: load.isFailing(demand.version, now: now), first: first, second: second),
            tasks: tasks, index: index)
    }

    private static func explain(_ obstacles: [Obstacle: Int]) -> String {
        guard !obstacles.isEmpty else { return "no suitable node" }
        let texts = obstacles.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map { $0.key.text($0.value) }
        return "no suitable node (\(texts.joined(separator: "; ")))"
    }
}
