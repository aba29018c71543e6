import DockerAPI
import FoundationEssentials
import NIOCore
import SwarmModel

/// Finds out whose network a name means: the swarm's or the engine's.
struct NetworkLookup: Sendable {
    let backend: any SwarmBackend
    let engine: Engine
    /// Such as `/v1.45`, or nothing.
    let prefix: String
    let isManager: Bool

    /// The swarm's network of that name, unless the engine has one that is meant.
    ///
    /// - Parameters:
    ///   - name: an ID, a name, or the beginning of an ID; looked for in that order among the swarm's and the engine's.
    ///   - scope: `swarm` or `local` where only those are meant.
    /// - Returns: nil for what is the engine's, or nobody's.
    /// - Throws: status 404 for what the engine has only to stand for a network of the swarm, where that one is not meant.
    func find(_ name: String, scope: String = "", verbose: Bool = false) async throws -> NetworkResource? {
        let ours = scope == "local" ? nil : try await swarms(name, verbose: verbose)
        if let ours, ours.id == name || scope == "swarm" { return ours }
        // Before what begins with it comes what is called so.
        guard let local = try? await local(name) else { return ours }
        if let network = local.standsFor {
            if let ours { return ours }
            if scope != "local", let ours = try await swarms(network, verbose: verbose) { return ours }
            throw APIError(404, "network \(name) not found")
        }
        guard let ours else { return nil }
        if ours.name == name, local.name == name {
            throw APIError(400, "network \(name) is ambiguous (2 matches found on name)")
        }
        if ours.name == name { return ours }
        if local.name == name { return nil }
        throw APIError(400, "network \(name) is ambiguous (2 matches found based on ID prefix)")
    }

    private func swarms(_ name: String, verbose: Bool) async throws -> NetworkResource? {
        do {
            return try await backend.network(name, verbose: verbose)
        } catch let error as APIError where error.status == 404 || !isManager {
            return nil
        }
    }

    /// What is read of one of the engine's networks.
    struct Local: Decodable {
        var id: String
        var name: String
        var labels: [String: String]?

        /// ID of the swarm's network that it is only there for.
        var standsFor: String? { labels?[NetworkLabel.network] }

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case name = "Name"
            case labels = "Labels"
        }
    }

    /// - Returns: the engine's network of that name; nil where it has none.
    func local(_ name: String) async throws -> Local? {
        guard Self.isName(name) else { return nil }
        let answer = try await engine.get(prefix + "/networks/" + name)
        guard answer.head.status == 200 else { return nil }
        return try JSONDecoder().decode(Local.self, from: Data(answer.body.readableBytesView))
    }

    /// The containers of this node in a network of the swarm, as the engine shows them.
    ///
    /// - Parameter id: the swarm's.
    /// - Returns: nil where the engine has no such network.
    func containers(in id: String) async throws -> [UInt8]? {
        let filters = RequestTarget.encoded("{\"label\":{\"\(NetworkLabel.network)=\(id)\":true}}")
        let list = try await engine.get(prefix + "/networks?filters=" + filters)
        guard list.head.status == 200,
            let stand = try JSONDecoder().decode([Local].self, from: Data(list.body.readableBytesView)).first
        else { return nil }
        let answer = try await engine.get(prefix + "/networks/" + stand.id)
        guard answer.head.status == 200 else { return nil }
        let splice = JSONSplice(answer.body.readableBytesView)
        return splice.value(at: ["Containers"]).map { Array(splice.text[$0]) }
    }

    /// Whether it can be asked for as it is: what has other characters in it is no name of a network.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || "-_.~".utf8.contains($0)
            }
    }
}
