import SwarmModel

/// What makes networks of the swarm on this node: bridges and tunnels, names, virtual addresses, published ports.
///
/// It gets everything there is to know, never a part of it, and makes of the node what that says: what is not in it is to go. It is
/// told before the tasks that need it, at the beginning of each session with a leader, and whenever something has changed; between
/// sessions it goes on with what it knows.
public protocol DataPlane: Sendable {
    /// Keeps what it makes as it is to be, until cancelled. What was made is left then: containers go on.
    func run() async

    /// Takes over what there is now. It does not wait for anything: the session with the leader, which ends where nothing is heard,
    /// waits for it.
    func take(_ networks: NodeNetworks) async

    /// Where the container of a task is to be, once that can be; nil where managers have not told yet of a network that it is in.
    ///
    /// - Throws: where a network cannot be made on this node.
    func places(of task: TaskRecord) async throws -> [NetworkPlace]?

    /// Sends nothing new to a task of this node, which is about to be stopped.
    func drain(_ taskID: String) async

    /// Removes all that was made, from a node that leaves its swarm.
    func removeAll() async
}

/// A container's place in a network of the swarm.
public struct NetworkPlace: Sendable, Equatable {
    /// ID of the swarm's network.
    public var networkID: String
    /// ID of the engine's network.
    public var network: String
    /// Without the length of the prefix.
    public var address: IPv4Address
    /// Who tells names in it; nil in the network of the routing mesh, where there are none.
    public var resolver: IPv4Address?

    public init(networkID: String, network: String, address: IPv4Address, resolver: IPv4Address?) {
        self.networkID = networkID
        self.network = network
        self.address = address
        self.resolver = resolver
    }
}

/// Makes nothing, for a node without networks: no task is told that it is in one.
public struct NoDataPlane: DataPlane {
    public init() {}

    public func run() async {}
    public func take(_ networks: NodeNetworks) async {}
    public func places(of task: TaskRecord) async throws -> [NetworkPlace]? { [] }
    public func drain(_ taskID: String) async {}
    public func removeAll() async {}
}
