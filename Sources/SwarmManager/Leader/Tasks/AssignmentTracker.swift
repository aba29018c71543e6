import SwarmModel
import SwarmRPC

/// What one session has told its node to run, so that only what has changed is told again.
struct AssignmentTracker {
    private var tasks: [String: TaskRecord]?
    private var data: Set<TaskData.Key> = []

    /// What is to be sent, given the node's tasks as they are now; nil for nothing.
    ///
    /// - Parameter network: what its data plane is to know besides what it was told.
    mutating func next(
        _ now: [TaskRecord], network: NetworkChanges = NetworkChanges(), in state: ClusterState
    ) -> Assignments? {
        var next = Assignments(isComplete: tasks == nil)
        var wanted: [String: TaskRecord] = [:]
        var needed: Set<TaskData.Key> = []
        for var task in now {
            if !task.status.state.isTerminal {
                for kind in TaskData.Kind.allCases {
                    needed.formUnion(task.spec.references(to: kind).map { TaskData.Key(kind, $0.id) })
                }
            }
            // What a node has told itself is no news to it.
            task.status = tasks?[task.id]?.status ?? task.status
            task.updatedAt = tasks?[task.id]?.updatedAt ?? task.updatedAt
            wanted[task.id] = task
            if tasks?[task.id] != task { next.tasks.append(task) }
        }
        next.removedTasks = (tasks ?? [:]).keys.filter { wanted[$0] == nil }.sorted()
        next.tasks.sort { $0.id < $1.id }
        var known: Set<TaskData.Key> = []
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
        next.network = network
        (tasks, data) = (wanted, known)
        return next.isEmpty ? nil : next
    }
}
