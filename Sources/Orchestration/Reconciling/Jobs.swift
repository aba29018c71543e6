import SwarmModel

/// Services whose tasks run to their end.
extension Plan {
    /// Tasks of an earlier time that the job was asked to run are of no use any more.
    mutating func removeEarlierIterations() {
        for task in tasks.values where task.jobIteration != service.jobIteration { desire(task.id, .remove) }
    }

    mutating func reconcileJob(concurrent: Int, total: Int) {
        removeEarlierIterations()
        replaceLost(mayMove: true)
        let present = slots.filter { $0.value.contains { $0.jobIteration == service.jobIteration } }
        var running = present.values.count { $0.contains { isWanted($0) && !$0.status.state.isTerminal } }
        for number in 0..<total where running < concurrent && present[.number(number)] == nil {
            create(.number(number), desired: goal)
            running += 1
        }
    }

    mutating func reconcileGlobalJob() {
        removeEarlierIterations()
        let demand = Demand(service)
        replaceLost(mayMove: false)
        let present = slots
        for node in nodes.values.sorted(by: { $0.id < $1.id })
        where node.state == .ready && node.spec.availability == Availability.active.rawValue && demand.unsuited(node) == nil {
            let members = present[.node(node.id)] ?? []
            guard !members.contains(where: { $0.jobIteration == service.jobIteration }) else { continue }
            create(.node(node.id), desired: goal)
        }
    }
}
