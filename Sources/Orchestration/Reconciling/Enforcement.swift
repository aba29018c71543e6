import SwarmModel

/// Tasks on nodes that have changed under them.
extension Plan {
    /// Takes tasks away from nodes that no longer meet what the service asks of them. Resources are looked at when a task is placed
    /// and not again: that is the scheduler's.
    mutating func enforceConstraints() {
        guard service.spec.taskTemplate.placement?.constraints?.isEmpty == false else { return }
        for task in tasks.values.sorted(by: { $0.id < $1.id }) where isWanted(task) && !task.status.state.isTerminal {
            guard let node = task.nodeID.flatMap({ nodes[$0] }), Demand(task).unsuited(node) == .constraints else { continue }
            reject(
                task, message: "task rejected by constraint enforcer", error: "assigned node no longer meets constraints")
        }
    }
}
