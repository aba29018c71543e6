import FoundationEssentials
import NIOCore

/// `GET /networks/host?scope=swarm`: how the `docker` command finds out what to write into a service's spec for a network that every
/// engine has. Its ID there is its name, as each engine has another.
enum PredefinedNetwork {
    static func answer(_ name: String, _ target: RequestTarget, _ engine: Engine) async throws -> Answer {
        let answer = try await engine.get((target.version.map { "/v\($0)" } ?? "") + "/networks/" + name)
        guard answer.head.status == 200 else { return .json(answer.body, status: answer.head.status) }
        var splice = JSONSplice(answer.body.readableBytesView)
        splice.set(["Id"], to: Array("\"\(name)\"".utf8))
        splice.set(["Scope"], to: Array("\"swarm\"".utf8))
        return .json(ByteBuffer(bytes: splice.text))
    }
}
