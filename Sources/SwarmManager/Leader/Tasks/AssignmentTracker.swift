import SwarmModel
import SwarmRPC

/// What one session has told its node to run, so that only what has changed is told again.
struct AssignmentTracker {
    private var tasks: [String: TaskRecord]?
    private var data: Set<Reference> = []
    private var networks = NodeNetworks()

    private struct Reference: Hashable {
        var kind: TaskData.Kind
        var id: String
    }

    /// What is to be sent, given the node's tasks as they are now; nil for nothing.
    ///
    /// - Parameter networks: what its data plane is to know now.
    mutating func next(_ now: [TaskRecord], networks: NodeNetworks = NodeNetworks(), in state: ClusterState) -> Assignments? {
        var next = Assignments(isComplete: tasks == nil)
        var wanted: [String: TaskRecord] = [:]
        var needed: Set<Reference> = []
        for var task in now {
            if !task.status.state.isTerminal { needed.formUnion(Self.references(of: task)) }
            // What a node has told itself is no news to it.
            task.status = tasks?[task.id]?.status ?? task.status
            task.updatedAt = tasks?[task.id]?.updatedAt ?? task.updatedAt
            wanted[task.id] = task
            if tasks?[task.id] != task { next.tasks.append(task) }
        }
        next.removedTasks = (tasks ?? [:]).keys.filter { wanted[$0] == nil }.sorted()
        next.tasks.sort { $0.id < $1.id }
        var known: Set<Reference> = []
        for reference in needed {
            let all = reference.kind == .secret ? state.secrets : state.configs
            guard let found = all[reference.id]?.value else { continue }
            known.insert(reference)
            if !data.contains(reference) { next.data.append(found) }
        }
        next.data.sort { $0.id < $1.id }
        for gone in data.subtracting(known) {
            if gone.kind == .secret { next.removedSecrets.append(gone.id) } else { next.removedConfigs.append(gone.id) }
        }
        next.network = NetworkChanges(from: self.networks, to: networks)
        (tasks, data, self.networks) = (wanted, known, networks)
        return next.isEmpty ? nil : next
    }

    private static func references(of task: TaskRecord) -> [Reference] {
        let secrets = task.spec.container?.secrets?.compactMap(\.secretID) ?? []
        let configs = task.spec.container?.configs?.compactMap(\.configID) ?? []
        return secrets.map { Reference(kind: .secret, id: $0) } + configs.map { Reference(kind: .config, id: $0) }
    }
}
