/// Why the store did not do what it was asked to.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Too few managers can reach each other. Nothing was changed.
    case noLeader
    /// No answer in time. A transaction may or may not have been carried out.
    case timedOut
    /// The store's disk is full, or its quota is used up. Nothing was changed.
    case noSpace
    /// The store was closed.
    case closed
    /// Changes that were asked for are no longer kept; the oldest that are have this revision.
    case compacted(oldest: UInt64)
    /// The local store process cannot be reached, or went away meanwhile; the text says how. A transaction may or may not have
    /// been carried out.
    case unavailable(String)
    /// The request makes no sense; the text says why.
    case invalid(String)
    /// The store answered with an error that has no case of its own.
    case failed(String)

    /// The text for a person. `noLeader` is Docker's, word for word.
    public var description: String {
        switch self {
        case .noLeader:
            "The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the "
                + "managers are online."
        case .timedOut: "the swarm's store did not answer in time"
        case .noSpace: "the swarm's store has no space left: free space on the managers' disks"
        case .closed: "the swarm's store is closed"
        case .compacted(let oldest): "the swarm's store keeps changes only from revision \(oldest) on"
        case .unavailable(let reason): "the swarm's store on this node cannot be reached: \(reason)"
        case .invalid(let reason): "invalid request to the swarm's store: \(reason)"
        case .failed(let reason): "the swarm's store failed: \(reason)"
        }
    }
}

/// A transaction was not carried out because one of its conditions does not hold. Nothing was changed.
public struct StoreConflict: Error, Sendable, Equatable, CustomStringConvertible {
    /// The first of the transaction's conditions that does not hold.
    public var condition: Transaction.Condition
    /// The revision of the key's newest change; nil where the key is absent.
    public var modRevision: UInt64?

    /// A conflict made of its parts.
    public init(condition: Transaction.Condition, modRevision: UInt64?) {
        self.condition = condition
        self.modRevision = modRevision
    }

    /// The text for a log; the API has texts of its own.
    public var description: String {
        let found = modRevision.map { "has revision \($0)" } ?? "is absent"
        return switch condition {
        case .absent(let key): "\(key) should be absent and \(found)"
        case .present(let key): "\(key) should be present and \(found)"
        case .modRevision(let key, let revision): "\(key) should have revision \(revision) and \(found)"
        }
    }
}
