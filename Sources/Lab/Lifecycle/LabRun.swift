import Foundation

/// `lab run`: up where it is not, the steps, and down again if this run brought it up.
public struct LabRun: Sendable {
    public struct Options: Sendable {
        public var runner: LabRunner.Options
        public var up: LabUp.Options
        /// Leave the lab up afterwards; so does a run that keeps checkpoints for later.
        public var keeps: Bool
        /// Go back to this checkpoint and carry out only the steps after it.
        public var from: String?

        public init(
            runner: LabRunner.Options = .init(), up: LabUp.Options = .init(), keeps: Bool = false, from: String? = nil
        ) {
            self.runner = runner
            self.up = up
            self.keeps = keeps || runner.keepsSteps
            self.from = from
        }
    }

    let lab: Workspace
    let options: Options
    let finished: @Sendable (RunReport) throws -> Void

    /// - Parameter finished: called with the report as soon as the steps are over, before the lab is taken down.
    public init(_ lab: Workspace, options: Options = .init(), finished: @escaping @Sendable (RunReport) throws -> Void = { _ in })
    {
        self.lab = lab
        self.options = options
        self.finished = finished
    }

    /// - Throws: when the lab cannot be brought up, or not be taken down again. Steps that fail are in the report.
    public func run() async throws -> RunReport {
        let wasUp = try lab.store.load(lab.name) != nil
        var runner = options.runner
        if let from = options.from {
            runner.from = try await goBack(to: from)
        } else {
            try await checkStepsCanCreate()
            let summary = try await LabUp(lab, options: options.up).run()
            if !wasUp || !summary.isNothing { lab.events(.note("Lab \"\(lab.name)\" is up")) }
            if options.runner.keepsSteps { try await removeStepCheckpoints() }
        }
        let report: RunReport
        do {
            report = try await LabRunner(lab, options: runner).run()
            try finished(report)
        } catch {
            try await takeDown(wasUp)
            throw error
        }
        try await takeDown(wasUp)
        return report
    }

    /// Rewinds the lab to where a run goes on from.
    private func goBack(to name: String) async throws -> Checkpoint {
        let checkpoints = LabCheckpoints(lab, timeout: options.up.timeout)
        let checkpoint = try checkpoints.find(name)
        guard let progress = checkpoint.progress else {
            let others = try checkpoints.all().filter { $0.progress != nil }.map(\.name)
            throw LabError(
                "checkpoint \"\(name)\" was not taken by a run, so nobody knows which steps are left"
                    + (others.isEmpty
                        ? "; lab run --checkpoint-steps takes such checkpoints"
                        : "\nCheckpoints that a run took: \(others.joined(separator: ", "))"))
        }
        let steps = lab.topology.steps
        let now = progress.step == 0 ? "" : progress.step <= steps.count ? steps[progress.step - 1].name : nil
        guard now == progress.name else {
            throw LabError(
                "the lab file has changed: checkpoint \"\(name)\" was taken after step \(progress.step), "
                    + "\"\(progress.name)\"; now that is " + (now.map { "\"\($0)\"" } ?? "no step at all")
                    + "\nlab rewind \(lab.name) \(name) goes back without running the rest; lab run --step PATTERN runs single steps"
            )
        }
        let back = try await checkpoints.rewind(to: name)
        lab.events(.note("Lab \"\(lab.name)\" is \(back.words)"))
        return checkpoint
    }

    /// What an earlier run kept is of another past than this one's.
    private func removeStepCheckpoints() async throws {
        let checkpoints = LabCheckpoints(lab)
        for checkpoint in try checkpoints.all() where Checkpoint.isStepName(checkpoint.name) {
            try await checkpoints.remove(checkpoint.name)
        }
    }

    /// Steps that say `docker-machine create` fail where the machines are left over from a run with `--keep`.
    private func checkStepsCanCreate() async throws {
        let made = Set(lab.topology.machines.filter { $0.creation == .steps }.map(\.name))
        let present = try await lab.fleet.machines().map(\.name).filter(made.contains)
        guard let first = present.first, lab.store.owner(of: first) == lab.name else { return }
        throw LabError(
            "the steps create machine \"\(first)\", but it exists already from an earlier run; take the lab down first (lab down \(lab.name))"
        )
    }

    private func takeDown(_ wasUp: Bool) async throws {
        if wasUp { return lab.events(.note("Lab \"\(lab.name)\" was up before, so it stays up")) }
        if options.keeps { return lab.events(.note("Lab \"\(lab.name)\" stays up; take it down with: lab down \(lab.name)")) }
        let lab = lab
        let parallel = options.up.parallel
        _ = try await uninterrupted {
            lab.events(.note("Taking lab \"\(lab.name)\" down"))
            return try await LabDown(lab.name, fleet: lab.fleet, store: lab.store, parallel: parallel, events: lab.events).run()
        }
    }
}
