/// One thing a lab does, and what must come of it.
public struct Step: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        case host
        case machine(String)
    }
    public enum Action: Sendable, Equatable {
        /// A command as a person types it.
        case run(String, on: Place)
        case fault(Fault)
        /// Nothing but time passes.
        case wait(Duration)
        /// All machines of the lab are kept as they are now, under a name.
        case checkpoint(String)
        /// All machines of the lab go back to a checkpoint.
        case rewind(String)
        case suspend
        case resume
        /// Only the expectations are looked at.
        case check
    }
    public enum OnFailure: String, Sendable, Equatable, CaseIterable { case stop, `continue` }

    public var name: String
    /// Line of the file, from 1.
    public var line: Int
    public var action: Action
    /// Standard input of the command.
    public var input: String?
    public var expect: Expectation
    /// Until when the step is tried again.
    public var until: Until?
    /// How often the command runs in one try.
    public var repetition: Repetition
    public var captures: [Capture]
    public var onFailure: OnFailure
    /// The longest one command may take.
    public var timeout: Duration

    public static let defaultTimeout = Duration.seconds(300)

    public init(
        name: String, line: Int = 0, action: Action, input: String? = nil, expect: Expectation = .init(),
        until: Until? = nil, repetition: Repetition = .init(), captures: [Capture] = [], onFailure: OnFailure = .stop,
        timeout: Duration = Step.defaultTimeout
    ) {
        self.name = name
        self.line = line
        self.action = action
        self.input = input
        self.expect = expect
        self.until = until
        self.repetition = repetition
        self.captures = captures
        self.onFailure = onFailure
        self.timeout = timeout
    }
}

/// Something bad, or its mending, that happens to machines.
public struct Fault: Sendable, Equatable {
    public enum Verb: String, Sendable, Equatable, CaseIterable {
        /// The power is cut.
        case kill
        /// An orderly shutdown.
        case stop
        /// The machine is started and its engine answers.
        case start
    }

    public var verb: Verb
    public var machines: [String]

    public init(_ verb: Verb, _ machines: [String]) {
        self.verb = verb
        self.machines = machines
    }
}

/// A deadline, and the pause between two tries.
public struct Until: Sendable, Equatable {
    public var within: Duration
    public var every: Duration

    public static let defaultPause = Duration.seconds(2)

    public init(within: Duration, every: Duration = Until.defaultPause) {
        self.within = within
        self.every = every
    }
}

/// How often a command is run, and the pause between two runs.
public struct Repetition: Sendable, Equatable {
    public var times: Int
    public var every: Duration

    public init(times: Int = 1, every: Duration = .zero) {
        self.times = times
        self.every = every
    }
}

/// A value taken from a step's output for later steps.
public struct Capture: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        /// The first match: its first group if it has one, else all of it.
        case pattern(Pattern)
        /// A cell of Docker's column output.
        case cell(row: [CellCondition], column: String)
        /// All of the output without white space around it.
        case whole
    }

    public var variable: String
    public var source: Source
    public var from: OutputSelection

    public init(_ variable: String, _ source: Source, from: OutputSelection = .stdout) {
        self.variable = variable
        self.source = source
        self.from = from
    }
}
