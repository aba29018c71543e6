import DockerAPI
import SwarmModel

/// What is kept of tasks that have ended.
extension Plan {
    /// Forgets tasks that nobody asks for any more.
    ///
    /// - Parameter limit: how many that have ended are kept of each slot; negative is all.
    mutating func forgetEnded(limit: Int) {
        for members in slots.values {
            var kept = 0
            let attempts = Int(clamping: service.spec.taskTemplate.restartPolicy?.maxAttempts ?? 0)
            // Attempts are counted by what is left of them.
            let limit = attempts > 0 && limit >= 0 ? attempts + 1 : limit
            let isSettled = isSettled(members)
            for task in members.reversed() where task.desiredState > goal {
                let neverRan = task.status.state < .assigned
                if task.desiredState == .remove {
                    if neverRan || task.status.state.isTerminal { delete(task.id) }
                } else if neverRan {
                    delete(task.id)
                } else if task.status.state.isTerminal, limit >= 0 {
                    kept += 1
                    // The last of a slot that nothing more comes of says that nothing is to come.
                    if kept > limit, !(isSettled && task.id == members.last?.id) { delete(task.id) }
                }
            }
        }
    }

    /// Tasks whose nodes have been taken out of the swarm, or are gone for a day: nobody will ever tell what became of them.
    mutating func giveUpLost() {
        for task in tasks.values where task.nodeID != nil && !task.status.state.isTerminal && task.status.state >= .assigned {
            guard let node = nodes[task.nodeID ?? ""] else {
                orphan(task, "Task belonged to a node that has been deleted")
                continue
            }
            guard node.isGone else { continue }
            let end = node.updatedAt + .seconds(86_400)
            if end <= now { orphan(task, "Task belonged to a node that is down for a day") } else { lookAgain(at: end) }
        }
    }
}
