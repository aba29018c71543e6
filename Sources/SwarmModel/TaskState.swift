/// How far a task has come, in the order in which it goes through them. A task never goes back.
public enum TaskState: String, Codable, Sendable, CaseIterable, Comparable {
    /// It is there; nothing has been given to it yet.
    case new
    /// It has addresses and ports, and waits for a node.
    case pending
    case assigned
    case accepted
    case preparing
    case ready
    case starting
    case running
    /// It has ended well.
    case complete
    /// It was stopped.
    case shutdown
    /// It has ended with an error, or could not be started.
    case failed
    /// The node could not prepare it, or no longer suits it.
    case rejected
    /// Only desired: it is to be stopped and forgotten.
    case remove
    /// Nobody knows: its node is gone.
    case orphaned

    /// The order of Swarm mode's states.
    private var rank: Int {
        switch self {
        case .new: 0
        case .pending: 64
        case .assigned: 192
        case .accepted: 256
        case .preparing: 320
        case .ready: 384
        case .starting: 448
        case .running: 512
        case .complete: 576
        case .shutdown: 640
        case .failed: 704
        case .rejected: 768
        case .remove: 800
        case .orphaned: 832
        }
    }

    public static func < (left: TaskState, right: TaskState) -> Bool { left.rank < right.rank }

    /// Whether nothing runs, or will.
    public var isTerminal: Bool { self > .running }
}
