import DockerAPI

/// A node, as the store holds it. Its version is the store's.
public struct Node: Codable, Sendable, Equatable {
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// What a person wants it to be.
    public var spec: SwarmNode.Spec
    /// What it says of itself.
    public var description: SwarmNode.Description
    public var state: NodeState
    /// Why it is in that state, where there is something to say.
    public var message: String
    /// The address under which it was seen last, without a port.
    public var address: String
    /// The address that packets of networks come from and go to; nil where it is the one above.
    public var dataPathAddress: String?
    /// The public key of its WireGuard, base64; nil where it has none. It is another one after a restart of the host.
    public var tunnelKey: String?
    /// What it is at present, which is behind `spec.role` while it changes.
    public var role: NodeRole
    /// Nil where it has no part in the store.
    public var manager: ManagerPart?
    /// Until when its newest certificate holds: how long it must be remembered after it was removed.
    public var certificateExpiry: Timestamp

    /// A node's part in the consensus.
    public struct ManagerPart: Codable, Sendable, Equatable {
        /// `host:port` of the management port.
        public var address: String
        /// ID of its member of the store.
        public var member: UInt64
        public var reachability: Reachability

        public init(address: String, member: UInt64, reachability: Reachability) {
            self.address = address
            self.member = member
            self.reachability = reachability
        }
    }

    public init(
        id: String, now: Timestamp, role: NodeRole, availability: Availability, address: String, certificateExpiry: Timestamp
    ) {
        self.id = id
        self.createdAt = now
        self.updatedAt = now
        self.spec = SwarmNode.Spec(labels: [:], role: role.rawValue, availability: availability.rawValue)
        self.description = SwarmNode.Description()
        self.state = .unknown
        self.message = ""
        self.address = address
        self.role = role
        self.manager = nil
        self.certificateExpiry = certificateExpiry
    }

    /// What a person wants its role to be.
    public var desiredRole: NodeRole { NodeRole(rawValue: spec.role) ?? .worker }

    /// Where packets of networks reach it.
    public var underlay: String { dataPathAddress ?? address }

    /// As the API shows it.
    public func shown(version: UInt64, leader: String?) -> SwarmNode {
        var shownSpec = spec
        shownSpec.labels = spec.labels ?? [:]
        return SwarmNode(
            id: id, version: ObjectVersion(index: version), createdAt: createdAt, updatedAt: updatedAt, spec: shownSpec,
            description: description,
            status: SwarmNode.Status(
                state: state.rawValue, message: message.isEmpty ? nil : message, address: address),
            managerStatus: manager.map { part in
                SwarmNode.ManagerStatus(
                    leader: leader == id ? true : nil, reachability: part.reachability.rawValue, address: part.address)
            })
    }
}
