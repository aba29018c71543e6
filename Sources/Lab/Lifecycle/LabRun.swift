import Foundation

/// `lab run`: up where it is not, the steps, and down again if this run brought it up.
public struct LabRun: Sendable {
    public struct Options: Sendable {
        public var runner: LabRunner.Options
        public var up: LabUp.Options
        /// Leave the lab up afterwards.
        public var keeps: Bool

        public init(runner: LabRunner.Options = .init(), up: LabUp.Options = .init(), keeps: Bool = false) {
            self.runner = runner
            self.up = up
            self.keeps = keeps
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
        try await checkStepsCanCreate()
        let summary = try await LabUp(lab, options: options.up).run()
        if !wasUp || !summary.isNothing { lab.events(.note("Lab \"\(lab.name)\" is up")) }
        let report: RunReport
        do {
            report = try await LabRunner(
                lab.topology, fleet: lab.fleet, directory: lab.file.deletingLastPathComponent(), options: options.runner,
                events: lab.events
            ).run()
            try finished(report)
        } catch {
            try await takeDown(wasUp)
            throw error
        }
        try await takeDown(wasUp)
        return report
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
