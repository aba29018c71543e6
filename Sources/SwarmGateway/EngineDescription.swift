import DockerAPI
import FoundationEssentials
import NIOCore

/// What a node's engine says of the host, in the form in which nodes tell it to managers.
public struct EngineDescription: Sendable {
    private let engine: Engine

    /// - Parameter socket: path of the engine's own unix socket.
    public init(socket: String, group: any EventLoopGroup) { engine = Engine(socket: socket, group: group) }

    /// - Throws: when the engine does not answer.
    public func read() async throws -> SwarmNode.Description {
        let answer = try await engine.get("/info", within: .seconds(10))
        let info = try JSONDecoder().decode(Info.self, from: Data(answer.body.readableBytesView))
        let plugins = [
            ("Log", info.plugins.log), ("Network", info.plugins.network + ["overlay"]), ("Volume", info.plugins.volume),
        ]
        return SwarmNode.Description(
            hostname: info.name, platform: SwarmNode.Platform(architecture: info.architecture, os: info.system),
            resources: SwarmNode.Resources(nanoCPUs: info.processors * 1_000_000_000, memoryBytes: info.memory),
            engine: SwarmNode.Engine(
                version: info.version, labels: Self.labels(info.labels),
                plugins: plugins.flatMap { kind, names in
                    Set(names).sorted().map { SwarmNode.Plugin(kind: kind, name: $0) }
                }))
    }

    /// The engine writes `name=value`.
    private static func labels(_ labels: [String]?) -> [String: String] {
        Dictionary(
            (labels ?? []).map { label in
                let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            }
        ) { _, last in last }
    }

    private struct Info: Decodable {
        var name: String
        var architecture: String
        var system: String
        var processors: Int64
        var memory: Int64
        var version: String
        var labels: [String]?
        var plugins: Plugins

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case architecture = "Architecture"
            case system = "OSType"
            case processors = "NCPU"
            case memory = "MemTotal"
            case version = "ServerVersion"
            case labels = "Labels"
            case plugins = "Plugins"
        }
    }

    private struct Plugins: Decodable {
        var volume: [String]
        var network: [String]
        var log: [String]

        enum CodingKeys: String, CodingKey {
            case volume = "Volume"
            case network = "Network"
            case log = "Log"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            volume = try container.decodeIfPresent([String].self, forKey: .volume) ?? []
            network = try container.decodeIfPresent([String].self, forKey: .network) ?? []
            log = try container.decodeIfPresent([String].self, forKey: .log) ?? []
        }
    }
}
