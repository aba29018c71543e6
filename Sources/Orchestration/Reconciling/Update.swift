import DockerAPI
import SwarmModel

/// How a service's tasks come from one spec to the next: a few slots at a time, each watched for a while.
extension Plan {
    /// The words of `UpdateStatus.State`.
    enum UpdateState: String {
        case updating, paused, completed
        case rollbackStarted = "rollback_started"
        case rollbackPaused = "rollback_paused"
        case rollbackCompleted = "rollback_completed"
    }

    /// An update's config with Swarm mode's defaults.
    struct UpdateRules {
        /// Slots at once; nil is all.
        var parallelism: Int?
        var delay: Duration
        var action: String
        var monitor: Duration
        var ratio: Double
        var startsFirst: Bool

        init(_ config: UpdateConfig?) {
            let slots = config == nil ? 1 : Int(clamping: config?.parallelism ?? 0)
            parallelism = slots == 0 ? nil : slots
            delay = .nanoseconds(config?.delay ?? 0)
            action = config?.failureAction ?? "pause"
            monitor = config?.monitor.flatMap { $0 == 0 ? nil : .nanoseconds($0) } ?? .seconds(5)
            ratio = config?.maxFailureRatio ?? 0
            startsFirst = config?.order == "start-first"
        }
    }

    private var updateState: UpdateState? { service.updateStatus?.state.flatMap(UpdateState.init(rawValue:)) }
    private var isRollback: Bool { updateState == .rollbackStarted || updateState == .rollbackPaused }

    /// Whether a task is as the present spec would make it.
    func isClean(_ task: TaskRecord) -> Bool {
        if task.specVersion == service.specVersion { return true }
        guard task.endpoint == service.spec.endpoint else { return false }
        var (old, new) = (task.spec, service.spec.taskTemplate)
        if old.placement != new.placement {
            // Where only the choice of nodes has changed, a task may stay where the new one allows it.
            guard let node = task.nodeID.flatMap({ nodes[$0] }), Demand(service).unsuited(node) == nil else { return false }
            old.placement = nil
            new.placement = nil
        }
        return old == new
    }

    /// Goes on with an update, or begins one where tasks are not as the spec says.
    mutating func proceedWithUpdate() {
        guard updateState != .paused, updateState != .rollbackPaused else { return }
        let rules = UpdateRules(isRollback ? service.spec.rollbackConfig : service.spec.updateConfig)
        let wanted = slots.compactMapValues { members in
            let wanted = members.filter(isWanted)
            return wanted.isEmpty || wanted.contains { $0.nodeID.flatMap { nodes[$0] }?.isPaused ?? false && $0.slot == nil }
                ? nil : wanted
        }
        let dirty = wanted.filter { !$0.value.contains(where: isClean) }.keys.sorted()
        if updateState != .updating, updateState != .rollbackStarted {
            guard !dirty.isEmpty else { return }
            service.updateStatus = SwarmService.UpdateStatus(
                state: UpdateState.updating.rawValue, startedAt: now, message: "update in progress")
        }
        let start = service.updateStatus?.startedAt ?? now
        let fresh = tasks.values.filter { $0.specVersion == service.specVersion && $0.createdAt >= start }
        if !dirty.isEmpty || !fresh.isEmpty, judge(fresh, of: wanted.count, rules) { return }
        let busy = wanted.values.count { isBusy($0, since: start, rules) }
        for slot in dirty.prefix(rules.parallelism.map { max(0, $0 - busy) } ?? dirty.count) {
            if rules.startsFirst {
                // One goes on until the new one runs; what an update before this one has begun does not.
                let running = wanted[slot]?.first { $0.status.state == .running }
                for task in wanted[slot] ?? [] where task.id != running?.id { desire(task.id, .shutdown) }
                create(slot, desired: .running)
            } else {
                for task in wanted[slot] ?? [] { desire(task.id, .shutdown) }
                create(slot, desired: .ready, startsAfter: now)
            }
        }
        if dirty.isEmpty { finish(wanted, since: start, rules) }
    }

    /// Whether a slot is on its way from one spec to the next, or has just come there.
    private mutating func isBusy(_ members: [TaskRecord], since start: Timestamp, _ rules: UpdateRules) -> Bool {
        guard let task = members.last(where: { $0.specVersion == service.specVersion && $0.createdAt >= start }) else {
            return false
        }
        guard let began = task.startedAt, task.status.state == .running else { return !task.status.state.isTerminal }
        guard began + rules.delay > now else { return false }
        lookAgain(at: began + rules.delay)
        return true
    }

    /// Counts what has failed of the update.
    ///
    /// - Returns: whether the update has come to a stop.
    private mutating func judge(_ fresh: [TaskRecord], of total: Int, _ rules: UpdateRules) -> Bool {
        let failed = fresh.filter { task in
            guard task.status.state.isTerminal, task.status.state != .orphaned, task.desiredState < .remove else { return false }
            // One that was stopped has not failed.
            guard task.status.state != .shutdown else { return false }
            return task.startedAt.map { $0 + rules.monitor >= task.status.timestamp } ?? true
        }
        guard let culprit = failed.min(by: { ($0.status.timestamp, $0.id) < ($1.status.timestamp, $1.id) }),
            Double(failed.count) / Double(max(total, 1)) > rules.ratio
        else { return false }
        let cause = "due to failure or early termination of task \(culprit.id)"
        switch rules.action {
        case "continue": return false
        case "rollback" where !isRollback:
            guard let previous = service.previousSpec else { fallthrough }
            service.spec = previous
            service.previousSpec = nil
            (service.endpoint, service.previousEndpoint) = (service.previousEndpoint ?? service.endpoint, nil)
            (service.registryAuth, service.previousRegistryAuth) = (service.previousRegistryAuth, nil)
            service.specVersion += 1
            service.updateStatus = SwarmService.UpdateStatus(
                state: UpdateState.rollbackStarted.rawValue, startedAt: now, message: "update rolled back \(cause)")
            lookAgain(at: now)
        default:
            tell(isRollback ? .rollbackPaused : .paused, isRollback ? "rollback paused \(cause)" : "update paused \(cause)")
        }
        return true
    }

    /// The end of an update: all tasks run, and have run for as long as they are watched.
    private mutating func finish(_ wanted: [Slot: [TaskRecord]], since start: Timestamp, _ rules: UpdateRules) {
        var end = start
        for members in wanted.values {
            guard let task = members.last(where: isClean), task.status.state == .running else { return }
            if task.createdAt >= start, let began = task.startedAt {
                end = max(end, began + max(rules.monitor, rules.delay + .seconds(1)))
            }
        }
        guard end <= now else { return lookAgain(at: end) }
        tell(isRollback ? .rollbackCompleted : .completed, isRollback ? "rollback completed" : "update completed")
        service.updateStatus?.completedAt = now
    }
}

extension Plan {
    private mutating func tell(_ state: UpdateState, _ message: String) {
        service.updateStatus?.state = state.rawValue
        service.updateStatus?.message = message
    }
}

extension Node {
    var isPaused: Bool { spec.availability == Availability.pause.rawValue }
}
