import DockerAPI
import FoundationEssentials
import NIOCore

extension EngineClient {
    /// Makes a container; its ID.
    func create(_ configuration: ContainerConfiguration, name: String) async throws -> String {
        struct Created: Decodable {
            var id: String
            enum CodingKeys: String, CodingKey { case id = "Id" }
        }
        var call = Call(.POST, "/containers/create")
        call.query = [("name", name)]
        call.body = Array(try JSONEncoder().encode(configuration))
        call.limit = .minutes(5)
        return try await ask(call).decode(Created.self).id
    }

    func start(_ container: String) async throws {
        var call = Call(.POST, "/containers/\(container)/start")
        call.limit = .minutes(5)
        try await ask(call)
    }

    /// Sends it its signal, and kills it when its time to stop is over.
    ///
    /// - Parameter grace: how long that time is; the engine knows it, too.
    func stop(_ container: String, grace: Duration) async throws {
        var call = Call(.POST, "/containers/\(container)/stop")
        call.limit = .seconds(grace.components.seconds + 60)
        try await ask(call)
    }

    /// Removes a container with its anonymous volumes, whether it runs or not. One that is not there is as good.
    func remove(_ container: String) async throws {
        var call = Call(.DELETE, "/containers/\(container)")
        call.query = [("force", "1"), ("v", "1")]
        call.limit = .minutes(2)
        do {
            try await ask(call)
        } catch let error as APIError where error.status == 404 || error.status == 409 {
            // 409: it is being removed already.
        }
    }

    /// Nil where there is no such container.
    func inspect(_ container: String) async throws -> ContainerInspection? {
        do {
            return try await ask(Call(.GET, "/containers/\(container)/json")).decode(ContainerInspection.self)
        } catch let error as APIError where error.status == 404 {
            return nil
        }
    }

    /// All containers that were made for tasks of a node; nil is of any.
    func containers(of nodeID: String?) async throws -> [ContainerSummary] {
        var call = Call(.GET, "/containers/json")
        call.query = [
            ("all", "1"), ("filters", try Self.filters(["label": [TaskLabels.nodeID + (nodeID.map { "=\($0)" } ?? "")]])),
        ]
        return try await ask(call).decode([ContainerSummary].self)
    }

    /// As the engine wants filters.
    static func filters(_ filters: [String: [String]]) throws -> String {
        String(decoding: try JSONEncoder().encode(filters), as: UTF8.self)
    }
}
