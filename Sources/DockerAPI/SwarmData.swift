/// A secret or a config of the swarm (`Secret` and `Config` of the Engine API, which are made alike). The data of a secret is never
/// part of an answer.
public struct SwarmData: Codable, Sendable, Equatable {
    public var id: String
    public var version: ObjectVersion
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?
    public var spec: SwarmDataSpec

    public init(
        id: String, version: ObjectVersion = ObjectVersion(index: 0), createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil,
        spec: SwarmDataSpec
    ) {
        self.id = id
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.spec = spec
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case version = "Version"
        case createdAt = "CreatedAt"
        case updatedAt = "UpdatedAt"
        case spec = "Spec"
    }
}

/// What a person gives of a secret or a config (`SecretSpec` and `ConfigSpec`).
public struct SwarmDataSpec: Codable, Sendable, Equatable {
    public var name: String?
    public var labels: [String: String]?
    /// Base64.
    public var data: String?
    /// Of a secret that something else keeps; never of a config.
    public var driver: LogDriver?
    /// The template language of the data: `golang`.
    public var templating: LogDriver?

    public init(
        name: String? = nil, labels: [String: String]? = nil, data: String? = nil, driver: LogDriver? = nil,
        templating: LogDriver? = nil
    ) {
        self.name = name
        self.labels = labels
        self.data = data
        self.driver = driver
        self.templating = templating
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case labels = "Labels"
        case data = "Data"
        case driver = "Driver"
        case templating = "Templating"
    }
}
