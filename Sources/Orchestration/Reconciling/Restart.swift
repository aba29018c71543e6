import DockerAPI
import SwarmModel

/// What follows where a task has ended, or its node can no longer run it.
extension Plan {
    /// The delay before a new task runs, where the spec names none: Swarm mode's.
    static let defaultRestartDelay: Duration = .seconds(5)
    /// How long a new task waits for the old one's end.
    static let patience: Duration = .seconds(60)

    /// Whether tasks are to run to their end.
    var isJob: Bool {
        switch service.mode {
        case .replicatedJob, .globalJob: true
        case .replicated, .global: false
        }
    }

    /// What a task is to become.
    var goal: TaskState { isJob ? .complete : .running }

    /// Whether updates of the service start new tasks before they stop the old.
    var startsFirst: Bool { service.spec.updateConfig?.order == "start-first" }

    /// Whether the task wants to run, now or when its time has come.
    func isWanted(_ task: TaskRecord) -> Bool { task.desiredState <= goal }

    /// Whether a wanted task cannot go on where it is.
    func hasLostItsPlace(_ task: TaskRecord) -> Bool {
        guard isWanted(task) else { return false }
        if task.status.state.isTerminal { return !(isJob && task.status.state == .complete) }
        guard let id = task.nodeID else { return false }
        return !(nodes[id]?.keepsTasks ?? false)
    }

    /// Whether nobody need wait for what the task does.
    func isOver(_ task: TaskRecord) -> Bool {
        guard !task.status.state.isTerminal, task.status.state >= .assigned, let id = task.nodeID else { return true }
        return nodes[id]?.isGone ?? true
    }

    /// Ends tasks that cannot go on, and puts others into their slots where the restart policy says so.
    ///
    /// - Parameter mayMove: whether a task may be put on another node.
    mutating func replaceLost(mayMove: Bool) {
        for (slot, members) in slots.sorted(by: { $0.key < $1.key }) {
            for task in members where hasLostItsPlace(task) {
                let hasEnded = task.status.state.isTerminal
                if hasEnded, task.desiredState == .ready, let start = task.startsAfter, start > now {
                    // It could not even be made ready, such as for want of its image: its successor comes when it would have
                    // begun. One after the other would come otherwise, as fast as nodes can say no.
                    lookAgain(at: start)
                    continue
                }
                let newer = members.filter { isWanted($0) && $0.id != task.id && $0.createdAt >= task.createdAt }
                let hasStandIn = members.contains {
                    $0.id != task.id && $0.status.state == .running && isWanted($0) && !hasLostItsPlace($0)
                }
                if task.status.state == .running, mayMove, startsFirst, !isOver(task), !hasStandIn {
                    // It runs until another does (`retireOlder`): a node that is drained need not cost an answer. Where one of before an
                    // update runs still, that one answers.
                    if newer.isEmpty { create(slot, desired: goal) }
                    continue
                }
                desire(task.id, .shutdown)
                guard newer.isEmpty, hasEnded || mayMove, mayRestart(task) else { continue }
                // A task that has to move has done nothing wrong: its successor need not wait.
                let start = now + (hasEnded ? restartDelay : .zero)
                create(slot, desired: .ready, startsAfter: start)
            }
        }
    }

    /// Ends tasks beside which a newer one runs. Where none of those that run may stay where it is, the newest is enough until its
    /// successor runs.
    mutating func retireOlder() {
        for members in slots.values {
            let running = members.filter { isWanted($0) && $0.status.state == .running }
            guard let newest = running.last(where: { !hasLostItsPlace($0) }) ?? running.last else { continue }
            for task in members where task.id != newest.id && task.createdAt <= newest.createdAt && isWanted(task) {
                desire(task.id, .shutdown)
            }
        }
    }

    /// Lets tasks run that were only made ready, when their time has come and the one before has ended.
    mutating func startWaiting() {
        for members in slots.values {
            for task in members where task.desiredState == .ready {
                let earliest = task.startsAfter ?? task.createdAt
                guard earliest <= now else {
                    lookAgain(at: earliest)
                    continue
                }
                let limit = task.createdAt + Self.patience
                if now < limit, members.contains(where: { $0.id != task.id && $0.desiredState > goal && !isOver($0) }) {
                    lookAgain(at: limit)
                } else {
                    desire(task.id, goal)
                }
            }
        }
    }

    private var restartDelay: Duration {
        service.spec.taskTemplate.restartPolicy?.delay.map { .nanoseconds($0) } ?? Self.defaultRestartDelay
    }

    /// Whether the policy allows another task after this one.
    func mayRestart(_ task: TaskRecord) -> Bool {
        let policy = service.spec.taskTemplate.restartPolicy
        if task.status.state.isTerminal {
            switch policy?.condition ?? "any" {
            case "none": return false
            case "on-failure": if task.status.state == .complete { return false }
            default: if isJob, task.status.state == .complete { return false }
            }
        }
        let most = policy?.maxAttempts ?? 0
        guard most > 0 else { return true }
        let window = Duration.nanoseconds(policy?.window ?? 0)
        let slot = Self.slot(of: task)
        let attempts = tasks.values.count { other in
            // The first of a version is no restart.
            other.startsAfter != nil && other.specVersion == task.specVersion && Self.slot(of: other) == slot
                && (window == .zero || other.createdAt + window > now)
        }
        return attempts < Int(clamping: most)
    }
}
