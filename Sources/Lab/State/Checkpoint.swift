import Foundation

/// All machines of a lab at one instant, kept to go back to. The machines' part of it (memory, devices, disks) is the fleet's.
public struct Checkpoint: Codable, Sendable, Equatable {
    public struct Machine: Codable, Sendable, Equatable {
        public var name: String
        /// As in ``FleetMachine/id``: a machine that was made anew under the name is another one.
        public var id: String?

        public init(_ name: String, id: String? = nil) {
            self.name = name
            self.id = id
        }
    }

    /// How far a run had come.
    public struct Progress: Codable, Sendable, Equatable {
        /// The last step that was over, from 1; 0 before the first.
        public var step: Int
        /// That step's name; empty before the first.
        public var name: String
        /// What earlier steps had captured.
        public var captured: [String: String]
        /// What the host steps' session held, for the shell that reads it again.
        public var session: String?

        public init(step: Int, name: String, captured: [String: String] = [:], session: String? = nil) {
            self.step = step
            self.name = name
            self.captured = captured
            self.session = session
        }
    }

    public var name: String
    public var created: Date
    public var machines: [Machine]
    /// Nil when it was not a run that took it.
    public var progress: Progress?
    /// The swarm as it was; nil when there was none with a manager at work.
    public var swarm: SwarmHealth?
    /// False while it is being made or removed, and after that was cut off.
    public var isComplete: Bool

    public init(
        name: String, created: Date = Date(), machines: [Machine], progress: Progress? = nil, swarm: SwarmHealth? = nil,
        isComplete: Bool = false
    ) {
        self.name = name
        self.created = created
        self.machines = machines
        self.progress = progress
        self.swarm = swarm
        self.isComplete = isComplete
    }

    /// What `lab run --checkpoint-steps` calls the checkpoint before a step.
    static func name(beforeStep number: Int) -> String { "step-\(number)" }

    /// Whether `lab run --checkpoint-steps` could have given that name.
    static func isStepName(_ name: String) -> Bool {
        name.hasPrefix("step-") && name.count > 5 && name.dropFirst(5).allSatisfy { $0.isASCII && $0.isNumber }
    }
}

/// That a lab's machines have been suspended.
public struct Suspension: Codable, Sendable, Equatable {
    public var since: Date
    /// The swarm as it was; nil when there was none with a manager at work.
    public var swarm: SwarmHealth?

    public init(since: Date = Date(), swarm: SwarmHealth? = nil) {
        self.since = since
        self.swarm = swarm
    }
}
