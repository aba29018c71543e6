/// Classic Swarm's part of `config.json`, with what docker-machine wrote for a machine outside any Swarm.
///
/// Classic Swarm itself is gone, so nothing here has an effect; it is there for scripts and templates that read it.
public struct SwarmOptions: Codable, Sendable, Equatable {
    public var isSwarm = false
    public var address = ""
    public var discovery = ""
    public var isAgent = false
    public var isMaster = false
    public var host = "tcp://0.0.0.0:3376"
    public var image = "swarm:latest"
    public var strategy = "spread"
    /// Seconds; 0 leaves it to the Swarm.
    public var heartbeat = 0
    public var overcommit = 0.0
    public var arbitraryFlags: [String] = []
    public var arbitraryJoinFlags: [String] = []
    /// docker-machine wrote `null` where nothing was set.
    public var environment: [String]?
    public var isExperimental = false

    public init() {}

    enum CodingKeys: String, CodingKey {
        case isSwarm = "IsSwarm"
        case address = "Address"
        case discovery = "Discovery"
        case isAgent = "Agent"
        case isMaster = "Master"
        case host = "Host"
        case image = "Image"
        case strategy = "Strategy"
        case heartbeat = "Heartbeat"
        case overcommit = "Overcommit"
        case arbitraryFlags = "ArbitraryFlags"
        case arbitraryJoinFlags = "ArbitraryJoinFlags"
        case environment = "Env"
        case isExperimental = "IsExperimental"
    }
}

extension SwarmOptions {
    /// Reads what is there: docker-machine's versions differ in the members they wrote, and an empty list could be `null`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Member: Decodable>(_ key: CodingKeys, into member: inout Member) throws {
            member = try values.decodeIfPresent(Member.self, forKey: key) ?? member
        }
        try read(.isSwarm, into: &isSwarm)
        try read(.address, into: &address)
        try read(.discovery, into: &discovery)
        try read(.isAgent, into: &isAgent)
        try read(.isMaster, into: &isMaster)
        try read(.host, into: &host)
        try read(.image, into: &image)
        try read(.strategy, into: &strategy)
        try read(.heartbeat, into: &heartbeat)
        try read(.overcommit, into: &overcommit)
        try read(.arbitraryFlags, into: &arbitraryFlags)
        try read(.arbitraryJoinFlags, into: &arbitraryJoinFlags)
        environment = try values.decodeIfPresent([String].self, forKey: .environment)
        try read(.isExperimental, into: &isExperimental)
    }

    /// Writes every member, also the one that is nothing.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(isSwarm, forKey: .isSwarm)
        try values.encode(address, forKey: .address)
        try values.encode(discovery, forKey: .discovery)
        try values.encode(isAgent, forKey: .isAgent)
        try values.encode(isMaster, forKey: .isMaster)
        try values.encode(host, forKey: .host)
        try values.encode(image, forKey: .image)
        try values.encode(strategy, forKey: .strategy)
        try values.encode(heartbeat, forKey: .heartbeat)
        try values.encode(overcommit, forKey: .overcommit)
        try values.encode(arbitraryFlags, forKey: .arbitraryFlags)
        try values.encode(arbitraryJoinFlags, forKey: .arbitraryJoinFlags)
        try values.encode(environment, forKey: .environment)
        try values.encode(isExperimental, forKey: .isExperimental)
    }
}
