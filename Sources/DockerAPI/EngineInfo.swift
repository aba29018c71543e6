/// The answer of `GET /version`, the part that is used here.
public struct EngineVersion: Decodable, Sendable {
    /// For example `26.1.5`.
    public var version: String
    public var apiVersion: String

    enum CodingKeys: String, CodingKey {
        case version = "Version"
        case apiVersion = "ApiVersion"
    }
}

/// The answer of `GET /info`, the part that is used here.
public struct EngineInfo: Decodable, Sendable {
    public var id: String
    public var name: String
    public var swarm: SwarmInfo

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case name = "Name"
        case swarm = "Swarm"
    }
}
