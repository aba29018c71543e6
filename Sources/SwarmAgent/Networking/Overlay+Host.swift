import Logging
import NIOCore
import NameService
import Netlink
import SwarmModel

extension Overlay {
    /// The networks of this host: bridges and tunnels, rules, names.
    ///
    /// - Parameters:
    ///   - engineSocket: the engine's own unix socket.
    ///   - file: where what managers have told is kept, such as `/var/lib/swarmd/networks.json`.
    /// - Throws: where the kernel cannot be spoken to.
    public static func ofThisHost(
        nodeID: String, engineSocket: String, file: String, group: any EventLoopGroup, logger: Logger
    ) throws -> Overlay {
        let links = try LinkLayer(nodeID: nodeID)
        let balancing = Balancing(nodeID: nodeID, logger: logger)
        let names = NodeNames(nodeID: nodeID, server: NameServer(on: group.next(), logger: logger))
        return Overlay(
            layers: [links, balancing, names], disturbances: { AsyncStream { _ in } },
            engine: EngineClient(socket: engineSocket, group: group), file: NetworksFile(path: file, logger: logger),
            mtu: { await links.mtu(of: $0, in: $1) }, logger: logger)
    }
}

/// Bridges and tunnels.
struct LinkLayer: NetworkLayer {
    private let table: LinkTable
    private let nodeID: String

    init(nodeID: String) throws {
        table = try LinkTable()
        self.nodeID = nodeID
    }

    func apply(_ networks: NodeNetworks) async throws {
        let plan = LinkPlan(networks, node: nodeID, underlayMTU: await underlayMTU(networks))
        let problems = await table.make(plan).problems
        if let first = problems.first { throw first }
    }

    func removeAll() async { _ = await table.removeAll() }

    /// Bytes of a network's largest packet.
    func mtu(of network: NetworkAssignment, in networks: NodeNetworks) async -> Int {
        LinkPlan.mtu(of: network, underlay: underlay(networks), underlayMTU: await underlayMTU(networks))
    }

    /// This node's address between nodes.
    private func underlay(_ networks: NodeNetworks) -> IPAddress? {
        networks.peers.values.first { $0.nodeID == nodeID }.flatMap { IPAddress($0.underlay) }
    }

    private func underlayMTU(_ networks: NodeNetworks) async -> Int {
        guard let address = underlay(networks), let found = try? await table.underlayMTU(of: address) else { return 1500 }
        return found
    }
}
