/// One line of `GET /events`.
public struct EventMessage: Codable, Sendable, Equatable {
    /// `container`, `image`, `node` and so on.
    public var kind: String
    public var action: String
    public var actor: Actor
    /// `local` or `swarm`.
    public var scope: String?
    /// Seconds since 1970.
    public var time: Int64?
    /// Nanoseconds since 1970.
    public var timeNano: Int64?

    public init(kind: String, action: String, actor: Actor, scope: String, time: Timestamp) {
        self.kind = kind
        self.action = action
        self.actor = actor
        self.scope = scope
        self.time = time.nanoseconds / 1_000_000_000
        self.timeNano = time.nanoseconds
    }

    /// What the event happened to.
    public struct Actor: Codable, Sendable, Equatable {
        public var id: String
        public var attributes: [String: String]?

        public init(id: String, attributes: [String: String]) {
            self.id = id
            self.attributes = attributes
        }

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case attributes = "Attributes"
        }
    }

    enum CodingKeys: String, CodingKey {
        case kind = "Type"
        case action = "Action"
        case actor = "Actor"
        case scope
        case time
        case timeNano
    }
}
