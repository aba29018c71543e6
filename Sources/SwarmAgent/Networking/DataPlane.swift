import SwarmModel

/// What makes networks of the swarm on this node: bridges and tunnels, names, virtual addresses, published ports.
///
/// It gets everything there is to know, never a part of it, and makes of the node what that says: what is not in it is to go. It is
/// told before the tasks that need it, at the beginning of each session with a leader, and whenever something has changed; between
/// sessions it goes on with what it knows.
public protocol DataPlane: Sendable {
    /// Takes over what there is now. Returns when tasks that are in these networks can be started; who calls does not call again before.
    /// It returns within a second: the session with the leader, which ends where nothing is heard, waits for it.
    func take(_ networks: NodeNetworks) async
}

/// Makes nothing. It is here until there is a data plane: tasks then have addresses that only managers know of.
public struct NoDataPlane: DataPlane {
    public init() {}

    public func take(_ networks: NodeNetworks) async {}
}
