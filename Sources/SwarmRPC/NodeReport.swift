import DockerAPI
import FoundationEssentials
import SwarmModel

/// What a node says of itself to the leader.
public struct NodeReport: Sendable, Equatable {
    public var description: SwarmNode.Description
    /// Of a manager `host:port` of its management port, else its address alone. Empty where it should be as seen.
    public var address: String
    /// Whether it is a manager that reads and writes its store.
    public var isServing: Bool
    /// The address that packets of networks come from and go to; empty where it is the one above.
    public var dataPath: String
    /// The public key of its WireGuard, 32 bytes; empty where it has none.
    public var tunnelKey: [UInt8]

    public init(
        description: SwarmNode.Description, address: String, isServing: Bool, dataPath: String = "", tunnelKey: [UInt8] = []
    ) {
        self.description = description
        self.address = address
        self.isServing = isServing
        self.dataPath = dataPath
        self.tunnelKey = tunnelKey
    }

    /// - Throws: where the description cannot be read.
    public init(_ wire: WireNodeReport) throws {
        description = try JSONDecoder().decode(SwarmNode.Description.self, from: wire.description_p)
        address = wire.address
        isServing = wire.serving
        dataPath = wire.dataPath
        tunnelKey = Array(wire.tunnelKey)
    }

    public func wire() throws -> WireNodeReport {
        var wire = WireNodeReport()
        wire.description_p = try JSONEncoder().encode(description)
        wire.address = address
        wire.serving = isServing
        wire.dataPath = dataPath
        wire.tunnelKey = Data(tunnelKey)
        return wire
    }
}

/// What the leader tells a node to be.
public struct NodeOrders: Sendable, Equatable {
    public var role: NodeRole
    /// Whether it should ask for a new certificate now, because the swarm gets a new root authority.
    public var renewsCertificate: Bool
    /// All managers there are, as `host:port`, by their node's IDs.
    public var managers: [String: String]
    /// What to trust, PEM.
    public var roots: String

    public init(role: NodeRole, renewsCertificate: Bool, managers: [String: String], roots: String) {
        self.role = role
        self.renewsCertificate = renewsCertificate
        self.managers = managers
        self.roots = roots
    }

    /// Nil where it names no role that is known.
    public init?(_ wire: WireNodeOrders) {
        guard let role = NodeRole(rawValue: wire.role), let roots = String(bytes: wire.rootCertificate, encoding: .utf8) else {
            return nil
        }
        self.role = role
        renewsCertificate = wire.renew
        managers = Dictionary(wire.managers.map { ($0.nodeID, $0.address) }) { first, _ in first }
        self.roots = roots
    }

    public var wire: WireNodeOrders {
        .with { wire in
            wire.role = role.rawValue
            wire.renew = renewsCertificate
            wire.managers = managers.sorted { $0.key < $1.key }.map { id, address in
                .with {
                    $0.nodeID = id
                    $0.address = address
                }
            }
            wire.rootCertificate = Data(roots.utf8)
        }
    }
}
