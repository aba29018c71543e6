import DockerAPI
import FoundationEssentials
import SwarmModel

/// The engine's side of a network: with it, the engine puts containers on the bridge that the data plane has made, and does not meddle
/// with anything else.
enum EngineNetworks {
    static let bridgeOption = "com.docker.network.bridge.name"

    /// Never internal, for the engine: whether containers get out is decided behind the bridge, and the engine's resolver has to reach
    /// the one of the swarm.
    static func request(_ network: NetworkAssignment, own: IPv4Address, bridge: String, mtu: Int) -> NetworkCreateRequest {
        NetworkCreateRequest(
            name: network.name, driver: "bridge",
            ipam: NetworkResource.IPAM(config: [IPAMPool(subnet: network.subnet, gateway: "\(own)")]),
            options: [
                bridgeOption: bridge, NetworkOption.mtu: "\(mtu)",
                "com.docker.network.bridge.enable_icc": "true", "com.docker.network.bridge.enable_ip_masquerade": "true",
            ], labels: [NetworkLabel.network: network.id])
    }

    /// What is read of a network.
    struct Summary: Decodable, Sendable {
        var id: String
        var name: String
        var labels: [String: String]?
        var options: [String: String]?
        var ipam: NetworkResource.IPAM?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case name = "Name"
            case labels = "Labels"
            case options = "Options"
            case ipam = "IPAM"
        }

        /// The swarm's network that it stands for.
        var network: String { labels?[NetworkLabel.network] ?? "" }

        /// Whether containers can be put into it. One that was made with another MTU is as good: containers may be in it.
        func isFor(_ request: NetworkCreateRequest) -> Bool {
            let own = ipam?.config?.first
            let wanted = request.ipam?.config?.first
            return own?.subnet == wanted?.subnet && own?.gateway == wanted?.gateway
                && options?[EngineNetworks.bridgeOption] == request.options?[EngineNetworks.bridgeOption]
        }
    }
}

extension EngineClient {
    /// The engine's networks that were made for the swarm's.
    func swarmNetworks() async throws -> [EngineNetworks.Summary] {
        var call = Call(.GET, "/networks")
        call.query = [("filters", try Self.filters(["label": [NetworkLabel.network]]))]
        return try await ask(call).decode([EngineNetworks.Summary].self)
    }

    /// How long the last container may take to leave a network that is to make room: Docker gives it ten seconds to end, unless told.
    private static let leave: Duration = .seconds(30)

    /// The engine's network for one of the swarm's, which is made where there is none; its ID.
    ///
    /// - Parameter network: the ID of the swarm's.
    func network(for request: NetworkCreateRequest, of network: String) async throws -> String {
        let end = ContinuousClock.now + Self.leave
        while true {
            let present = try await swarmNetworks().filter { $0.network == network || $0.name == request.name }
            if let own = present.first(where: { $0.network == network && $0.isFor(request) }) { return own.id }
            do {
                // From another time with other addresses, or for a network of that name that the swarm has no more.
                for summary in present { try await removeNetwork(summary.id) }
                return try await create(request)
            } catch let error as APIError where !present.isEmpty && ContinuousClock.now < end {
                guard [403, 409].contains(error.status) else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Makes a network; its ID.
    func create(_ request: NetworkCreateRequest) async throws -> String {
        struct Created: Decodable {
            var id: String
            enum CodingKeys: String, CodingKey { case id = "Id" }
        }
        var call = Call(.POST, "/networks/create")
        call.body = Array(try JSONEncoder().encode(request))
        return try await ask(call).decode(Created.self).id
    }

    /// Removes a network. One that is not there is as good.
    func removeNetwork(_ id: String) async throws {
        do {
            try await ask(Call(.DELETE, "/networks/\(id)"))
        } catch let error as APIError where error.status == 404 {
            // Somebody was faster.
        }
    }
}
