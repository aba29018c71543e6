/// Whether a node takes tasks.
public enum Availability: String, Codable, Sendable, CaseIterable {
    /// It takes new tasks.
    case active
    /// It keeps the tasks it has and takes no new ones.
    case pause
    /// It takes none, and those it has move away.
    case drain
}

/// What managers know of a node.
public enum NodeState: String, Codable, Sendable, CaseIterable {
    /// Not heard of yet.
    case unknown
    /// It does not answer.
    case down
    /// It answers.
    case ready
    /// It has said that it goes.
    case disconnected
}

/// Whether a manager takes part in the consensus.
public enum Reachability: String, Codable, Sendable, CaseIterable {
    case unknown
    case unreachable
    case reachable
}
