/// One machine's engine as a member of a swarm: the Docker Engine API's `/swarm`, `/nodes`, `/services`, `/tasks` and
/// `/networks`. Errors carry the engine's own message.
public protocol SwarmControl: Sendable {
    /// `GET /info`, the `Swarm` part.
    func info() async throws -> SwarmInfo
    /// `POST /swarm/init`. Addresses are `HOST` or `HOST:PORT`.
    func initialize(advertise: String, listen: String) async throws
    /// `POST /swarm/join` through any of `managers` (`HOST:PORT`).
    func join(token: String, managers: [String], advertise: String, listen: String) async throws
    /// `POST /swarm/leave`.
    func leave(force: Bool) async throws
    /// The join tokens; only a manager knows them.
    func joinTokens() async throws -> JoinTokens

    /// `GET /nodes`; only a manager answers.
    func nodes() async throws -> [SwarmNode]
    /// Changes a node's role, availability or labels and leaves the rest as it is.
    func updateNode(_ id: String, _ change: NodeChange) async throws
    /// `DELETE /nodes/{id}`.
    func removeNode(_ id: String, force: Bool) async throws

    func services() async throws -> [SwarmService]
    func tasks() async throws -> [SwarmTask]
    func networks() async throws -> [SwarmNetwork]
}

/// A machine's own place in a swarm.
public struct SwarmInfo: Sendable, Equatable {
    public enum LocalState: String, Sendable, Equatable, CaseIterable {
        case inactive, pending, active, error, locked
    }

    public var state: LocalState
    /// Empty while the machine is in no swarm.
    public var nodeID: String
    /// The address other nodes know this one by.
    public var nodeAddress: String
    /// True on a manager that can reach its peers.
    public var controlAvailable: Bool
    /// The swarm's id; only a manager knows it.
    public var clusterID: String?
    /// Why the state is `error` or `pending`, in the engine's words.
    public var error: String
    /// `HOST:PORT` of the managers this node knows.
    public var remoteManagers: [String]

    public init(
        state: LocalState, nodeID: String = "", nodeAddress: String = "", controlAvailable: Bool = false,
        clusterID: String? = nil, error: String = "", remoteManagers: [String] = []
    ) {
        self.state = state
        self.nodeID = nodeID
        self.nodeAddress = nodeAddress
        self.controlAvailable = controlAvailable
        self.clusterID = clusterID
        self.error = error
        self.remoteManagers = remoteManagers
    }
}

/// What lets a machine into the swarm, by the role it is to have.
public struct JoinTokens: Sendable, Equatable {
    public var worker: String
    public var manager: String

    public init(worker: String, manager: String) {
        self.worker = worker
        self.manager = manager
    }
}
