import SwarmModel

extension Plan {
    /// Brings the service nearer to what people want of it.
    ///
    /// - Parameter history: how many ended tasks are kept of each slot; negative is all.
    mutating func reconcile(history: Int) {
        giveUpLost()
        if service.isRemoved {
            for task in tasks.values { desire(task.id, .remove) }
            forgetEnded(limit: history)
            isGone = tasks.isEmpty
            return
        }
        enforceConstraints()
        switch service.mode {
        case .replicated(let count):
            reconcileReplicas(count)
            rebalance(count)
        case .global: reconcileGlobal()
        case .replicatedJob(let concurrent, let total): reconcileJob(concurrent: concurrent, total: total)
        case .globalJob: reconcileGlobalJob()
        }
        if !isJob { proceedWithUpdate() }
        retireOlder()
        startWaiting()
        forgetEnded(limit: history)
    }
}
