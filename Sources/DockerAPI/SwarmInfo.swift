/// What a node knows of its swarm: `Swarm` in the answer of `GET /info` (`SwarmInfo` of the Engine API).
public struct SwarmInfo: Codable, Sendable, Equatable {
    public var nodeID: String
    /// The address under which other nodes reach this one, without a port.
    public var nodeAddress: String
    /// `inactive`, `pending`, `active`, `error` or `locked`.
    public var localNodeState: String
    /// True on a manager that can serve swarm requests.
    public var controlAvailable: Bool
    /// Why the node is not what it should be; empty where it is.
    public var error: String
    /// Managers this node knows.
    public var remoteManagers: [Manager]?
    /// How many nodes and managers there are; only on managers.
    public var nodes: Int?
    public var managers: Int?
    /// Only on managers that can serve requests.
    public var cluster: ClusterInfo?
    public var warnings: [String]?

    /// A manager and its `address:port`.
    public struct Manager: Codable, Sendable, Equatable {
        public var nodeID: String
        public var address: String

        public init(nodeID: String, address: String) {
            self.nodeID = nodeID
            self.address = address
        }

        enum CodingKeys: String, CodingKey {
            case nodeID = "NodeID"
            case address = "Addr"
        }
    }

    public init(nodeID: String = "", nodeAddress: String = "", localNodeState: String, error: String = "") {
        self.nodeID = nodeID
        self.nodeAddress = nodeAddress
        self.localNodeState = localNodeState
        self.controlAvailable = false
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case nodeID = "NodeID"
        case nodeAddress = "NodeAddr"
        case localNodeState = "LocalNodeState"
        case controlAvailable = "ControlAvailable"
        case error = "Error"
        case remoteManagers = "RemoteManagers"
        case nodes = "Nodes"
        case managers = "Managers"
        case cluster = "Cluster"
        case warnings = "Warnings"
    }

    /// `RemoteManagers` is null, not absent, where there are none, as the engine writes it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(nodeID, forKey: .nodeID)
        try container.encode(nodeAddress, forKey: .nodeAddress)
        try container.encode(localNodeState, forKey: .localNodeState)
        try container.encode(controlAvailable, forKey: .controlAvailable)
        try container.encode(error, forKey: .error)
        try container.encode(remoteManagers, forKey: .remoteManagers)
        try container.encodeIfPresent(nodes, forKey: .nodes)
        try container.encodeIfPresent(managers, forKey: .managers)
        try container.encodeIfPresent(cluster, forKey: .cluster)
        try container.encodeIfPresent(warnings, forKey: .warnings)
    }
}
