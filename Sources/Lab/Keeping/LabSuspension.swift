/// `lab suspend` and `lab resume`: a lab's machines written to disk, and back.
public struct LabSuspension: Sendable {
    /// What came of it.
    public struct Outcome: Sendable, Equatable {
        /// The machines that were suspended or resumed; none when there was nothing to do.
        public var machines: [String]
        /// How long it took in all.
        public var duration: Duration
        /// How much of that the swarm took to be as it was; nil when there was none to wait for.
        public var swarm: Duration?

        public init(machines: [String] = [], duration: Duration = .zero, swarm: Duration? = nil) {
            self.machines = machines
            self.duration = duration
            self.swarm = swarm
        }
    }

    let lab: Workspace
    let timeout: Duration

    /// - Parameter timeout: how long the swarm may take to be as it was.
    public init(_ lab: Workspace, timeout: Duration = .seconds(120)) {
        self.lab = lab
        self.timeout = timeout
    }

    /// Suspends all machines that run, at one instant.
    ///
    /// - Throws: ``LabError`` when none runs and none is suspended, or with what the fleet said.
    public func suspend() async throws -> Outcome {
        let start = ContinuousClock.now
        var state = try lab.store.loadUp(lab.name)
        try await LabCheckpoints(lab).removeHalfMade()
        let machines = try await lab.machines()
        let running = machines.filter { $0.state == .running }.map(\.name)
        let isPartly = machines.contains(where: \.isSuspended)
        guard !running.isEmpty else {
            if isPartly { return Outcome() }
            throw LabError("no machine of lab \"\(lab.name)\" runs\(Self.states(machines)); lab up \(lab.name) starts them")
        }
        state = try lab.store.loadUp(lab.name)
        // A second attempt keeps what the first one saw: by now half of the swarm sleeps.
        if !isPartly || state.suspension == nil { state.suspension = Suspension(swarm: try await SwarmHealth.take(lab)) }
        try lab.store.save(state)
        for machine in running { lab.events(.machine(machine, "suspending")) }
        do {
            try await lab.fleet.suspend(running)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            for machine in running { lab.events(.machineFailed(machine, "is not suspended")) }
            throw LabError(
                "lab \"\(lab.name)\" could not be suspended: \(error)\n"
                    + "lab resume \(lab.name) lets go on what sleeps already, lab suspend \(lab.name) tries again")
        }
        for machine in running { lab.events(.machineDone(machine, "suspended")) }
        return Outcome(machines: running, duration: ContinuousClock.now - start)
    }

    /// Lets all suspended machines go on and waits until the swarm is as it was.
    ///
    /// - Throws: ``LabError`` when none is suspended though not all run, or a swarm that is not back in time.
    public func resume() async throws -> Outcome {
        let start = ContinuousClock.now
        _ = try lab.store.loadUp(lab.name)
        try await LabCheckpoints(lab).removeHalfMade()
        let machines = try await lab.machines()
        let asleep = machines.filter(\.isSuspended).map(\.name)
        let suspension = try lab.store.loadUp(lab.name).suspension
        if asleep.isEmpty {
            guard !machines.isEmpty, machines.allSatisfy({ $0.state == .running }) else {
                throw LabError(
                    "no machine of lab \"\(lab.name)\" is suspended\(Self.states(machines)); "
                        + "lab up \(lab.name) starts what is stopped")
            }
            // The machines run, but nobody has seen the swarm well since: that is what is left to do.
            if suspension == nil { return Outcome() }
        } else {
            try await Self.wake(asleep, lab)
        }
        let swarm = suspension?.swarm
        let time = try await SwarmReturn(lab, timeout: timeout).wait(for: swarm)
        try Self.forget(lab)
        return Outcome(machines: asleep, duration: ContinuousClock.now - start, swarm: swarm == nil ? nil : time)
    }

    /// Resumes machines; `lab up` does it, too.
    static func wake(_ machines: [String], _ lab: Workspace) async throws {
        for machine in machines { lab.events(.machine(machine, "resuming")) }
        do {
            try await lab.fleet.resume(machines)
        } catch {
            for machine in machines { lab.events(.machineFailed(machine, "is not back")) }
            throw error
        }
        for machine in machines { lab.events(.machineDone(machine, "resumed")) }
    }

    /// The machines run again.
    static func forget(_ lab: Workspace) throws {
        var state = try lab.store.loadUp(lab.name)
        guard state.suspension != nil else { return }
        state.suspension = nil
        try lab.store.save(state)
    }

    private static func states(_ machines: [FleetMachine]) -> String {
        machines.isEmpty ? "" : " (" + machines.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", ") + ")"
    }
}

extension FleetMachine {
    /// Whether the machine sleeps and can be resumed.
    public var isSuspended: Bool { state == .saved || state == .paused }
}

extension LabSuspension.Outcome {
    /// How it went, on one line.
    public var words: String {
        guard !machines.isEmpty else { return "nothing to do" }
        return "\(machines.count) machine\(machines.count == 1 ? "" : "s") in \(duration.brief)"
            + (swarm.map { ", of which the swarm took \($0.brief)" } ?? "")
    }
}
