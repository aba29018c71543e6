import FoundationEssentials
import Logging
import SwarmModel
import SwarmSecurity

/// What managers have told last of the node's networks, on its disk: nothing of it is secret.
struct NetworksFile: Sendable {
    /// Such as `/var/lib/swarmd/networks`.
    let path: String
    let logger: Logger

    /// Bytes; a task takes some 400 in each of its networks.
    private static let limit = 256 << 20

    /// Nothing where there is nothing that can be read.
    func load() -> NodeNetworks {
        do {
            guard let bytes = try FileSystem.contents(of: path, limit: Self.limit) else { return NodeNetworks() }
            return try JSONDecoder().decode(NodeNetworks.self, from: Data(bytes))
        } catch {
            logger.warning("what was kept of networks cannot be read", metadata: ["path": "\(path)", "error": "\(error)"])
            return NodeNetworks()
        }
    }

    func save(_ networks: NodeNetworks) {
        do {
            try FileSystem.replace(path, with: Array(try JSONEncoder().encode(networks)), isDurable: false)
        } catch {
            logger.error("networks cannot be kept for a restart", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    func remove() { try? FileSystem.remove(path) }
}
