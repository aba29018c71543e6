import Foundation

/// How one step went.
public struct StepResult: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        case passed
        /// What did not hold.
        case failed([Mismatch])
        /// The step could not be carried out; why.
        case error(String)
        /// Not carried out; why.
        case skipped(String)
    }

    /// From 1.
    public var number: Int
    public var name: String
    public var line: Int
    public var verdict: Verdict
    public var duration: Duration
    /// How often the step was tried.
    public var tries: Int
    /// What was run, variables filled in; empty for steps that run nothing.
    public var command: String
    /// The output of the last try.
    public var output: String

    public init(
        number: Int, name: String, line: Int = 0, verdict: Verdict, duration: Duration = .zero, tries: Int = 0,
        command: String = "", output: String = ""
    ) {
        self.number = number
        self.name = name
        self.line = line
        self.verdict = verdict
        self.duration = duration
        self.tries = tries
        self.command = command
        self.output = output
    }

    /// The output, cut to its last lines so that it fits a terminal.
    public func outputExcerpt(lines limit: Int = 40, characters: Int = 4000) -> String {
        let lines = output.trimmed.split(omittingEmptySubsequences: false) { $0.isNewline }
        var text = lines.suffix(limit).joined(separator: "\n")
        var left = max(0, lines.count - limit)
        if text.count > characters {
            text = String(text.suffix(characters))
            left += 1
        }
        return left > 0 ? "… (\(output.count) characters in all)\n" + text : text
    }
}

/// How a run went.
public struct RunReport: Sendable, Equatable {
    public var lab: String
    public var orchestrator: Orchestrator
    public var started: Date
    public var duration: Duration
    public var results: [StepResult]
    /// The run was broken off from outside.
    public var interrupted: Bool

    public init(
        lab: String, orchestrator: Orchestrator = .standard, started: Date = Date(), duration: Duration = .zero,
        results: [StepResult] = [], interrupted: Bool = false
    ) {
        self.lab = lab
        self.orchestrator = orchestrator
        self.started = started
        self.duration = duration
        self.results = results
        self.interrupted = interrupted
    }

    public var passed: Int { results.count { $0.verdict == .passed } }
    public var failed: Int { results.count { if case .failed = $0.verdict { true } else { false } } }
    public var errors: Int { results.count { if case .error = $0.verdict { true } else { false } } }
    public var skipped: Int { results.count { if case .skipped = $0.verdict { true } else { false } } }

    /// 0 when all held, 1 when an expectation did not, 2 when the lab itself failed, 130 when it was interrupted.
    public var exitStatus: Int32 { interrupted ? 130 : errors > 0 ? 2 : failed > 0 ? 1 : 0 }
}
