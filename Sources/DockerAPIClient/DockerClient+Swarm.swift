import DockerAPI
import Foundation

/// Requests of the Engine API, one method each. All throw `DockerError` for the engine's refusals.
extension DockerClient {
    /// Whether the engine takes requests; the cheapest there is.
    public func ping() async throws { try await send(.GET, "/_ping") }

    public func version(timeout: Duration? = nil) async throws -> EngineVersion {
        try await get("/version", timeout: timeout)
    }

    public func info() async throws -> EngineInfo { try await get("/info") }
    public func swarm() async throws -> Swarm { try await get("/swarm") }
    public func nodes() async throws -> [SwarmNode] { try await get("/nodes") }
    public func node(_ id: String) async throws -> SwarmNode { try await get("/nodes/\(id)") }
    public func services() async throws -> [SwarmService] { try await get("/services") }
    public func tasks() async throws -> [SwarmTask] { try await get("/tasks") }
    public func networks() async throws -> [DockerNetwork] { try await get("/networks") }

    /// Makes the engine the first manager of a new swarm.
    ///
    /// - Returns: the id of its node.
    public func initializeSwarm(advertise: String, listen: String = "0.0.0.0:2377") async throws -> String {
        struct Request: Encodable {
            var ListenAddr: String
            var AdvertiseAddr: String
        }
        let answer = try await send(
            .POST, "/swarm/init", body: Request(ListenAddr: listen, AdvertiseAddr: advertise), timeout: .seconds(90))
        return try JSONDecoder().decode(String.self, from: answer)
    }

    /// Joins the engine to the swarm that the token belongs to; the token decides the role.
    public func joinSwarm(
        token: String, managers: [String], advertise: String, listen: String = "0.0.0.0:2377"
    ) async throws {
        struct Request: Encodable {
            var ListenAddr: String
            var AdvertiseAddr: String
            var RemoteAddrs: [String]
            var JoinToken: String
        }
        let request = Request(
            ListenAddr: listen, AdvertiseAddr: advertise, RemoteAddrs: managers, JoinToken: token)
        try await send(.POST, "/swarm/join", body: request, timeout: .seconds(90))
    }

    public func leaveSwarm(force: Bool) async throws {
        try await send(.POST, "/swarm/leave", query: [("force", force ? "true" : "false")], timeout: .seconds(60))
    }

    /// Replaces a node's spec; `version` is that of the node the change was made from.
    public func updateNode(_ id: String, version: ObjectVersion, spec: SwarmNode.Spec) async throws {
        try await send(
            .POST, "/nodes/\(id)/update", query: [("version", String(version.index))], body: spec,
            timeout: .seconds(60))
    }

    /// Takes a node off the list.
    public func removeNode(_ id: String, force: Bool) async throws {
        try await send(.DELETE, "/nodes/\(id)", query: [("force", force ? "true" : "false")])
    }
}
