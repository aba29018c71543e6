import DockerAPI
import FoundationEssentials
import NIOCore

/// Puts the swarm into the engine's answer of `GET /info`.
enum InfoMerge {
    /// - Returns: the merged answer; the engine's own if it is not what is expected.
    static func merge(_ engine: ByteBuffer, with swarm: SwarmInfo) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        var splice = JSONSplice(engine.readableBytesView)
        func strings(_ path: [String]) -> [String]? {
            splice.value(at: path).flatMap { try? JSONDecoder().decode([String].self, from: Data(splice.text[$0])) }
        }
        splice.set(["Swarm"], to: try encoder.encode(swarm))
        let drivers = strings(["Plugins", "Network"]) ?? []
        if !drivers.contains("overlay") {
            splice.set(["Plugins", "Network"], to: try encoder.encode((drivers + ["overlay"]).sorted()))
        }
        if let warnings = swarm.warnings, !warnings.isEmpty {
            splice.set(["Warnings"], to: try encoder.encode((strings(["Warnings"]) ?? []) + warnings))
        }
        return ByteBuffer(bytes: splice.text)
    }
}
