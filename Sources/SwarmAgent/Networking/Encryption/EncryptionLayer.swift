import Glibc
import Netlink
import SwarmModel
import SwarmSecurity

/// WireGuard between nodes, on nodes that have a place in an encrypted network.
struct EncryptionLayer: NetworkLayer {
    let links: LinkLayer
    /// Nil where the node has none.
    let key: TunnelKey?

    /// - Throws: `EncryptionTrouble`.
    func apply(_ networks: NodeNetworks) async throws {
        guard networks.networks.values.contains(where: \.isEncrypted) else { return await removeAll() }
        guard let key else { throw EncryptionTrouble("this node has no key of its own") }
        guard
            let plan = EncryptionPlan(networks, node: links.nodeID, key: key, underlayMTU: await links.underlayMTU(networks))
        else { throw EncryptionTrouble("the UDP port after that of the data path is none") }
        let hasWireGuard: Bool
        do throws(NetlinkError) {
            hasWireGuard = try await links.table.make(plan)
        } catch {
            throw EncryptionTrouble(error, port: plan.port)
        }
        guard hasWireGuard else { throw EncryptionTrouble.noWireGuard }
    }

    func removeAll() async { try? await links.table.removeEncryption() }
}

/// Why this node can have no part in encrypted networks.
struct EncryptionTrouble: Error, Equatable, CustomStringConvertible {
    let description: String
    /// Whether that lasts: then nothing is made of such networks here.
    let isLasting: Bool

    static let noWireGuard = EncryptionTrouble("this node's kernel has no WireGuard", isLasting: true)

    init(_ description: String, isLasting: Bool = false) {
        self.description = description
        self.isLasting = isLasting
    }

    /// - Parameter port: UDP, that WireGuard was to have.
    init(_ error: NetlinkError, port: UInt16) {
        self.init(
            error.code == EADDRINUSE
                ? "another program has UDP port \(port) of this node, which WireGuard needs"
                : "WireGuard cannot be set up on this node: \(error)")
    }
}
