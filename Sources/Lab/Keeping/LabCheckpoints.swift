import Foundation

/// The checkpoints of a lab: taking them, going back to them, removing them. What there is of each is noted before and after,
/// so that whatever was cut off is found and removed by the next verb.
public struct LabCheckpoints: Sendable {
    /// How a rewind went.
    public struct Return: Sendable, Equatable {
        public var checkpoint: Checkpoint
        /// How long it took in all.
        public var duration: Duration
        /// How much of that the swarm took to be as it was; nil when there was none to wait for.
        public var swarm: Duration?
    }

    let lab: Workspace
    let timeout: Duration

    /// - Parameter timeout: how long the swarm may take to be as it was.
    public init(_ lab: Workspace, timeout: Duration = .seconds(120)) {
        self.lab = lab
        self.timeout = timeout
    }

    /// What there is, the oldest first.
    ///
    /// - Throws: ``LabError`` when the lab is not up.
    public func all() throws -> [Checkpoint] { try lab.store.loadUp(lab.name).checkpoints.filter(\.isComplete) }

    /// - Throws: ``LabError`` that says which ones there are.
    public func find(_ name: String) throws -> Checkpoint {
        let state = try lab.store.loadUp(lab.name)
        if let checkpoint = state.checkpoint(name) { return checkpoint }
        let names = state.checkpoints.filter(\.isComplete).map(\.name)
        guard !names.isEmpty else {
            throw LabError(
                "lab \"\(lab.name)\" has no checkpoint \"\(name)\", and no other; take one with lab checkpoint \(lab.name) NAME")
        }
        let meant = Spelling.closest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw LabError(
            "lab \"\(lab.name)\" has no checkpoint \"\(name)\"\(meant)\nIts checkpoints: \(names.joined(separator: ", "))")
    }

    // MARK: Taking one

    /// Keeps all machines of the lab as they are now.
    ///
    /// - Parameters:
    ///   - replaces: whether a checkpoint of that name gives way; it is gone then also when the new one fails.
    ///   - progress: how far the run has come that takes it.
    /// - Throws: ``LabError``, or the fleet's own error after what was made has been removed.
    @discardableResult
    public func take(_ name: String, replaces: Bool = false, progress: Checkpoint.Progress? = nil) async throws -> Checkpoint {
        guard Names.isCheckpoint(name) else {
            throw LabError("\"\(name.prefix(80))\" cannot be a checkpoint's name: \(Names.checkpointRule)")
        }
        let state = try lab.store.loadUp(lab.name)
        if let old = state.checkpoint(name), !replaces {
            throw LabError(
                "lab \"\(lab.name)\" has a checkpoint \"\(name)\" already, made \(old.created.formatted(.iso8601)); "
                    + "take another name, or replace it with --replace")
        }
        let machines = try await runningMachines()
        try await removeHalfMade()
        if state.checkpoint(name) != nil { try await remove(name) }
        var checkpoint = Checkpoint(
            name: name, machines: machines.map { .init($0.name, id: $0.id) }, progress: progress,
            swarm: try await SwarmHealth.take(lab))
        try note { $0.checkpoints.append(checkpoint) }
        for machine in machines { lab.events(.machine(machine.name, "taking checkpoint \"\(name)\"")) }
        do {
            try await lab.fleet.checkpoint(name, of: machines.map(\.name))
            try Task.checkCancellation()
        } catch {
            for machine in machines { lab.events(.machineFailed(machine.name, "is not in a checkpoint")) }
            // What cannot be removed now stays noted: the next verb tries again.
            _ = try? await uninterrupted { try await removeHalfMade() }
            throw error
        }
        checkpoint.isComplete = true
        try note { state in
            state.checkpoints.removeAll { $0.name == name }
            state.checkpoints.append(checkpoint)
        }
        for machine in machines { lab.events(.machineDone(machine.name, "is in checkpoint \"\(name)\"")) }
        return checkpoint
    }

    /// - Throws: ``LabError`` unless every machine of the lab runs.
    private func runningMachines() async throws -> [FleetMachine] {
        let machines = try await lab.machines()
        guard !machines.isEmpty else {
            throw LabError("lab \"\(lab.name)\" has no machines yet, so there is nothing to keep (lab up \(lab.name))")
        }
        if machines.contains(where: \.isSuspended) {
            throw LabError(
                "lab \"\(lab.name)\" is suspended; let it go on first (lab resume \(lab.name)), then take the checkpoint")
        }
        let off = machines.filter { $0.state != .running }
        guard off.isEmpty else {
            throw LabError(
                "a checkpoint needs all machines running: "
                    + off.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", ")
                    + "; lab up \(lab.name) starts what is stopped")
        }
        return machines
    }

    // MARK: Going back

    /// Puts all machines of the lab back to a checkpoint and waits until the swarm is as it was then.
    ///
    /// - Throws: ``LabError``: no such checkpoint, or machines that came or went since (nothing is changed then), or a
    ///   swarm that is not back in time.
    public func rewind(to name: String) async throws -> Return {
        let clock = ContinuousClock()
        let start = clock.now
        let checkpoint = try find(name)
        try await checkMachines(of: checkpoint)
        try await removeHalfMade()
        // Cut off from here on, the lab is some of both: `ls` says so, and the same rewind again mends it.
        try note { $0.isComplete = false }
        let machines = checkpoint.machines.map(\.name)
        for machine in machines { lab.events(.machine(machine, "going back to checkpoint \"\(name)\"")) }
        do {
            try await lab.fleet.rewind(to: name, of: machines)
        } catch is CancellationError {
            lab.events(
                .note("Lab \"\(lab.name)\" may be half-way: the same rewind again, or lab up \(lab.name), puts it right"))
            throw CancellationError()
        } catch {
            for machine in machines { lab.events(.machineFailed(machine, "is not back")) }
            throw LabError(
                "lab \"\(lab.name)\" could not go back to checkpoint \"\(name)\": \(error)\n"
                    + "The checkpoint is still there: lab rewind \(lab.name) \(name) tries again")
        }
        for machine in machines { lab.events(.machineDone(machine, "is back at checkpoint \"\(name)\"")) }
        try note { $0.suspension = nil }
        let swarm = try await SwarmReturn(lab, timeout: timeout).wait(for: checkpoint.swarm)
        try note { $0.isComplete = true }
        return Return(
            checkpoint: checkpoint, duration: clock.now - start, swarm: checkpoint.swarm == nil ? nil : swarm)
    }

    private func checkMachines(of checkpoint: Checkpoint) async throws {
        let present = try await lab.machines().filter { $0.state != .notFound }
        var reasons = checkpoint.machines.compactMap { kept -> String? in
            guard let now = present.first(where: { $0.name == kept.name }) else { return "machine \"\(kept.name)\" was removed" }
            guard let id = kept.id, let new = now.id, id != new else { return nil }
            return "machine \"\(kept.name)\" was made anew"
        }
        reasons += present.filter { now in !checkpoint.machines.contains { $0.name == now.name } }
            .map { "machine \"\($0.name)\" was added" }
        guard !reasons.isEmpty else { return }
        throw LabError(
            "lab \"\(lab.name)\" cannot go back to checkpoint \"\(checkpoint.name)\": since then "
                + reasons.joined(separator: ", ")
                + "; nothing was changed\nRemove the checkpoint with lab checkpoints \(lab.name) --remove \(checkpoint.name)")
    }

    // MARK: Removing

    /// Removes a checkpoint.
    ///
    /// - Throws: ``LabError`` when there is none of that name.
    public func remove(_ name: String) async throws {
        _ = try find(name)
        try note { state in
            for index in state.checkpoints.indices where state.checkpoints[index].name == name {
                state.checkpoints[index].isComplete = false
            }
        }
        try await removeHalfMade()
    }

    /// Removes what there is of checkpoints whose making or removal was cut off. Nothing happens when the lab is not up.
    public func removeHalfMade() async throws {
        guard let state = try lab.store.load(lab.name) else { return }
        let half = state.checkpoints.filter { !$0.isComplete }
        guard !half.isEmpty else { return }
        let present = Set(try await lab.fleet.machines().map(\.name))
        for checkpoint in half {
            let machines = checkpoint.machines.map(\.name).filter(present.contains)
            if !machines.isEmpty { try await lab.fleet.removeCheckpoint(checkpoint.name, of: machines) }
            try note { $0.checkpoints.removeAll { $0.name == checkpoint.name && !$0.isComplete } }
        }
    }

    private func note(_ change: (inout LabState) -> Void) throws {
        var state = try lab.store.loadUp(lab.name)
        change(&state)
        try lab.store.save(state)
    }
}

extension LabCheckpoints.Return {
    /// How it went, on one line.
    public var words: String {
        "back at checkpoint \"\(checkpoint.name)\" after \(duration.brief)"
            + (swarm.map { ", of which the swarm took \($0.brief)" } ?? "")
    }
}
