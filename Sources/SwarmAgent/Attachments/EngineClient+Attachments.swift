import DockerAPI
import FoundationEssentials
import SwarmModel

extension EngineClient {
    /// All containers of the engine, with the addresses that they were given.
    func attachableContainers() async throws -> [AttachableContainer] {
        var call = Call(.GET, "/containers/json")
        call.query = [("all", "1")]
        return try await ask(call).decode([AttachableContainer].self)
    }

    /// Takes a container out of one of the engine's networks. One that is not in it is as good.
    func disconnect(_ container: String, from network: String) async throws {
        struct Request: Encodable {
            var container: String
            var isForced = true
            enum CodingKeys: String, CodingKey {
                case container = "Container"
                case isForced = "Force"
            }
        }
        var call = Call(.POST, "/networks/\(network)/disconnect")
        call.body = Array(try JSONEncoder().encode(Request(container: container)))
        do {
            try await ask(call)
        } catch is APIError {
            // Neither is there, or they have nothing to do with each other.
        }
    }

    /// Tells of each container that is removed, until cancelled or the engine ends it.
    ///
    /// - Parameter begun: is called once the engine listens.
    func removals(
        since: Timestamp, begun: @Sendable () async throws -> Void, each: @Sendable (_ container: String) async -> Void
    ) async throws {
        var call = Call(.GET, "/events")
        call.query = [
            ("since", Self.instant(since)), ("filters", try Self.filters(["type": ["container"], "event": ["destroy"]])),
        ]
        call.limit = nil
        try await exchange(call) { _, answer in
            try await begun()
            let decoder = JSONDecoder()
            var lines = LineSplitter()
            while let bytes = try await answer.next() {
                lines.append(bytes)
                while let line = lines.next() {
                    guard let message = try? decoder.decode(EventMessage.self, from: Data(line.readableBytesView)),
                        message.kind == "container", message.action == "destroy"
                    else { continue }
                    await each(message.actor.id)
                }
            }
        }
    }
}
