import Glibc
import Logging
import NFTables
import NIOCore
import NameService
import Netlink
import SwarmModel
import SwarmSecurity

extension Overlay {
    /// The networks of this host: bridges and tunnels, rules, names, the fast path.
    ///
    /// - Parameters:
    ///   - engineSocket: the engine's own unix socket.
    ///   - tunnelKey: of this node, for encrypted networks; nil where it has none.
    ///   - file: where what managers have told is kept, such as `/var/lib/swarmd/networks.json`.
    /// - Throws: where the kernel cannot be spoken to.
    public static func ofThisHost(
        nodeID: String, engineSocket: String, file: String, tunnelKey: TunnelKey?, group: any EventLoopGroup, logger: Logger
    ) throws -> Overlay {
        let links = try LinkLayer(nodeID: nodeID)
        let flows = try ConntrackConnection()
        let transactions = OwnTransactions()
        let nft = NFTCommand(transactions: transactions)
        let balancing = Balancing(
            nodeID: nodeID, nft: nft,
            forget: { stale in
                do {
                    try stale.forget(in: flows)
                } catch {
                    logger.warning("what is remembered of datagrams could not be forgotten", metadata: ["error": "\(error)"])
                }
            }, logger: logger)
        let monitor = try NetlinkMonitor()
        let heard = try NetlinkMonitor([.links])
        let fastPath = FastPath(
            nodeID: nodeID, links: try LinkTable(), disturbances: { heard.changes { $0.isOfContainers } }, nft: nft,
            logger: logger)
        let names = NodeNames(nodeID: nodeID, server: NameServer(on: group.next(), logger: logger))
        return Overlay(
            encryption: EncryptionLayer(links: links, key: tunnelKey), layers: [links, balancing, names, fastPath],
            disturbances: { monitor.changes { $0.isDisturbing(beside: transactions) } },
            engine: EngineClient(socket: engineSocket, group: group), file: NetworksFile(path: file, logger: logger),
            mtu: { await links.mtu(of: $0, in: $1) }, logger: logger)
    }
}

extension NetlinkMonitor {
    /// That there were changes of a kind, however many.
    fileprivate func changes(_ isMeant: @escaping @Sendable (NetlinkChange) -> Bool) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let watching = Task(executorPreference: Task.executor) {
            for await change in self where isMeant(change) { continuation.yield() }
            continuation.finish()
        }
        continuation.onTermination = { _ in watching.cancel() }
        return stream
    }
}

extension NetlinkChange {
    /// Whether a container of an overlay network may have been heard for the first time, or have left its bridge.
    var isOfContainers: Bool {
        switch self {
        case .forwarding(let entry, let isRemoved):
            entry.table == .bridge && entry.mac.isInOverlay && (isRemoved || entry.lifetime == .learnt)
        case .missed: true
        default: false
        }
    }

    /// Whether something of what the layers make may be missing. What was only added is no harm, and is looked at with the next change.
    ///
    /// - Parameter transactions: those of the layers themselves, which are told of as well. Each is taken: a change is asked once.
    func isDisturbing(beside transactions: OwnTransactions) -> Bool {
        switch self {
        case .link(let link, let isRemoved):
            return (isRemoved || !link.isUp) && (LinkPlan.isOurs(link.name) || link.name == EncryptionPlan.device)
        case .address(_, let isRemoved), .neighbour(_, let isRemoved), .forwarding(_, let isRemoved): return isRemoved
        case .ruleset(let change):
            return !transactions.take(change.process) && change.tables.contains(BalancingRules.none.name)
        case .missed:
            transactions.forget()
            return true
        }
    }
}

extension StaleFlows {
    /// Makes the kernel forget them.
    func forget(in flows: ConntrackConnection) throws {
        let destinations = Set(destinations.map { IPAddress($0) })
        let virtualIPs = Set(virtualIPs.map { IPAddress($0) })
        let udp = UInt8(IPPROTO_UDP)
        for connection in try flows.connections(transport: udp) where connection.original.transport == udp {
            let isTranslated = connection.reply.source != connection.original.destination
            if destinations.contains(connection.reply.source)
                || !isTranslated
                    && (virtualIPs.contains(connection.original.destination)
                        || ports.contains(connection.original.destinationPort))
            {
                try flows.forget(connection)
            }
        }
    }
}

/// Bridges and tunnels.
struct LinkLayer: NetworkLayer {
    let table: LinkTable
    let nodeID: String

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

    func underlayMTU(_ networks: NodeNetworks) async -> Int {
        guard let address = underlay(networks), let found = try? await table.underlayMTU(of: address) else { return 1500 }
        return found
    }
}
