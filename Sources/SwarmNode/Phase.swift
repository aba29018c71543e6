import SwarmSecurity

/// What a node is to a swarm.
enum Phase: Sendable {
    /// Part of none.
    case inactive
    /// On its way into one; the last thing that stood in the way.
    case pending(String)
    /// Part of one.
    case active
    /// Part of one, as a manager whose keys are sealed.
    case locked
    /// Part of one that it cannot return to.
    case failed(String)

    /// As the API names it.
    var name: String {
        switch self {
        case .inactive: "inactive"
        case .pending: "pending"
        case .active: "active"
        case .locked: "locked"
        case .failed: "error"
        }
    }
}
