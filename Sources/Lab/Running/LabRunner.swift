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
        /// Take a checkpoint before each step, called `step-N`.
        public var keepsSteps: Bool
        /// The checkpoint at which the lab is now: only the steps after it are carried out.
        public var from: Checkpoint?

        public init(
            continues: Bool = false, only: Pattern? = nil, timeout: Duration? = nil, keepsSteps: Bool = false,
            from: Checkpoint? = nil
        ) {
            self.continues = continues
            self.only = only
            self.timeout = timeout
            self.keepsSteps = keepsSteps
            self.from = from
        }
    }

    let lab: Workspace
    let options: Options

    private static let interrupted = "the run was interrupted"

    public init(_ lab: Workspace, options: Options = .init()) {
        self.lab = lab
        self.options = options
    }

    /// Runs the steps in order. An interruption (cancellation of the task) ends the run early and is noted in the report.
    ///
    /// - Throws: only when the run cannot begin at all.
    public func run() async throws -> RunReport {
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = options.timeout.map { start + $0 }
        let (topology, events) = (lab.topology, lab.events)
        let done = options.from?.progress
        // Machines that a step makes by hand are like those that `up` makes.
        let session = try HostSession(
            directory: lab.file.deletingLastPathComponent(),
            environment: ["MACHINE_ORCHESTRATOR": topology.orchestrator.rawValue], content: done?.session)
        let runner = StepRunner(lab: lab, session: session, deadline: deadline)
        var report = RunReport(lab: topology.name, orchestrator: topology.orchestrator)
        var values = topology.variables.merging(done?.captured ?? [:]) { $1 }
        var skipReason: String?
        for (index, step) in topology.steps.enumerated() {
            let number = index + 1
            var result = StepResult(number: number, name: step.name, line: step.line, verdict: .skipped(""))
            if Task.isCancelled, skipReason == nil {
                // The step before came to its end in spite of the interruption.
                report.interrupted = true
                skipReason = Self.interrupted
            }
            if number <= done?.step ?? 0 {
                result.verdict = .skipped("before checkpoint \"\(options.from?.name ?? "")\"")
            } else if let deadline, clock.now >= deadline, skipReason == nil, let timeout = options.timeout {
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
                    if options.keepsSteps { try await runner.keep(before: number, values) }
                    result = try await runner.run(step, number: number, values: &values)
                } catch let error as StepError {
                    result.verdict = .error(error.description)
                    result.duration = clock.now - began
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
