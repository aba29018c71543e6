import Foundation

/// Takes a lab that is up through its steps.
public struct LabRunner: Sendable {
    public struct Options: Sendable {
        /// Go on after a failure, whatever the steps say.
        public var continues: Bool
        /// Only steps whose name matches are carried out.
        public var only: Pattern?
        /// The longest all steps together may take.
        public var timeout: Duration?

        public init(continues: Bool = false, only: Pattern? = nil, timeout: Duration? = nil) {
            self.continues = continues
            self.only = only
            self.timeout = timeout
        }
    }

    let topology: Topology
    let fleet: any Fleet
    let directory: URL
    let options: Options
    let events: LabEvents

    private static let interrupted = "the run was interrupted"

    /// - Parameter directory: where host steps start: the lab file's folder.
    public init(
        _ topology: Topology, fleet: any Fleet, directory: URL, options: Options = .init(), events: @escaping LabEvents = { _ in }
    ) {
        self.topology = topology
        self.fleet = fleet
        self.directory = directory
        self.options = options
        self.events = events
    }

    /// Runs the steps in order. An interruption (cancellation of the task) ends the run early and is noted in the report.
    ///
    /// - Throws: only when the run cannot begin at all.
    public func run() async throws -> RunReport {
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = options.timeout.map { start + $0 }
        let session = try HostSession(directory: directory)
        defer { session.end() }
        let runner = StepRunner(topology: topology, fleet: fleet, session: session, events: events, deadline: deadline)
        var report = RunReport(lab: topology.name, orchestrator: topology.orchestrator)
        var values = topology.variables
        var skipReason: String?
        for (index, step) in topology.steps.enumerated() {
            let number = index + 1
            var result = StepResult(number: number, name: step.name, line: step.line, verdict: .skipped(""))
            if Task.isCancelled, skipReason == nil {
                // The step before came to its end in spite of the interruption.
                report.interrupted = true
                skipReason = Self.interrupted
            }
            if let deadline, clock.now >= deadline, skipReason == nil, let timeout = options.timeout {
                result.verdict = .error("the time for the run, \(timeout.brief), is up")
                skipReason = "the time for the run is up"
            } else if let skipReason {
                result.verdict = .skipped(skipReason)
            } else if let only = options.only, !only.matches(step.name) {
                result.verdict = .skipped("not asked for")
            } else {
                events(.stepStarted(number: number, of: topology.steps.count, name: step.name))
                let began = clock.now
                do {
                    result = try await runner.run(step, number: number, values: &values)
                } catch {
                    report.interrupted = true
                    result.verdict = .error("interrupted")
                    result.duration = clock.now - began
                    skipReason = Self.interrupted
                }
                if result.verdict != .passed, skipReason == nil, step.onFailure == .stop, !options.continues {
                    skipReason = "step \(number) did not pass"
                }
            }
            report.results.append(result)
            events(.stepFinished(result, of: topology.steps.count))
        }
        report.duration = clock.now - start
        return report
    }
}
