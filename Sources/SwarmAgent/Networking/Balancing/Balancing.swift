import FoundationEssentials
import Glibc
import Logging
import NFTables
import SwarmModel

/// Keeps the kernel's rules as the networks are: virtual addresses, published ports, isolation.
///
/// They are written when they have changed, all at once, so that no packet sees half of them; and when somebody else has removed them.
/// It wants to be called again when interfaces have come to a bridge.
actor Balancing: NetworkLayer {
    private let nodeID: String
    private let nft: NFTCommand
    private let iptables: IPTablesCommand
    private let interfaces: String
    private let forget: @Sendable (StaleFlows) async -> Void
    private let logger: Logger

    private var held: HeldPorts
    /// What is in the kernel, as far as is known; nil where that is unknown.
    private var applied: Table?
    /// The same of those that keep clients' addresses.
    private var returnRules: Table?
    private var returnTrouble: String?
    private var destinations = StaleFlows.Destinations()
    private var engineTrouble: String?
    /// Before the engine's chains were looked at for the first time.
    private var engineRulesAreUnknown = true

    /// - Parameters:
    ///   - interfaces: the folder of the kernel's settings of interfaces.
    ///   - address: where published ports are held, in network byte order; 0 for all addresses.
    ///   - forget: removes from connection tracking what it remembers of UDP and is wrong by now.
    init(
        nodeID: String, nft: NFTCommand = NFTCommand(), iptables: IPTablesCommand = IPTablesCommand(),
        interfaces: String = "/sys/class/net", address: UInt32 = 0,
        forget: @escaping @Sendable (StaleFlows) async -> Void = { _ in }, logger: Logger
    ) {
        self.nodeID = nodeID
        self.nft = nft
        self.iptables = iptables
        self.interfaces = interfaces
        self.forget = forget
        self.logger = logger
        held = HeldPorts(address: address, logger: logger)
    }

    /// - Throws: `NFTablesError` where the rules are not taken; those of before are still in force then.
    func apply(_ networks: NodeNetworks) async throws {
        let ports = PublishedPort.all(of: networks)
        // Held before they lead anywhere, given back when they do not any more: in between, no other program gets them.
        held.hold(ports)
        let places = NetworkPlaces(networks, nodeID: nodeID)
        let table = BalancingRules(places, withheld: held.withheld).table
        let next = StaleFlows.Destinations(places, withheld: held.withheld)
        let earlier = applied
        applied = nil
        try await nft.put(table, after: earlier)
        applied = table
        await keepClientAddresses(places)
        held.release(allBut: ports)
        for network in networks.networks.values { prepare(network) }
        // What is asked for again without a change may have been removed by somebody else.
        if table == earlier || engineRulesAreUnknown { await tellEngine(networks) }

        let stale = StaleFlows(from: destinations, to: next)
        destinations = next
        if !stale.isEmpty { await forget(stale) }
    }

    func removeAll() async {
        (applied, returnRules) = (nil, nil)
        do {
            try await nft.apply(BalancingRules.none.script + ReturnRules.none.script)
        } catch {
            logger.warning("the rules of the swarm's networks could not be removed", metadata: ["error": "\(error)"])
        }
        do {
            try await iptables.remove(EngineFilter.rules, from: EngineFilter.chain)
        } catch {
            logger.debug("the engine's chains could not be changed back", metadata: ["error": "\(error)"])
        }
        held.release(allBut: [])
        engineRulesAreUnknown = true
        let stale = StaleFlows(from: destinations, to: StaleFlows.Destinations())
        destinations = StaleFlows.Destinations()
        if !stale.isEmpty { await forget(stale) }
    }

    /// Apart from the other rules, which are to be in force as well where a kernel cannot do what these ask for.
    private func keepClientAddresses(_ places: NetworkPlaces) async {
        let table = ReturnRules(places).table
        let earlier = returnRules
        returnRules = nil
        do {
            try await nft.put(table, after: earlier)
            (returnRules, returnTrouble) = (table, nil)
        } catch is CancellationError {
        } catch {
            if returnTrouble != "\(error)" {
                logger.error(
                    "tasks of this node cannot answer those who ask other nodes for a service that keeps clients' addresses",
                    metadata: ["error": "\(error)"])
            }
            returnTrouble = "\(error)"
        }
    }

    /// An engine that does without `iptables` has no such chains, and drops nothing.
    private func tellEngine(_ networks: NodeNetworks) async {
        guard !networks.networks.isEmpty else { return }
        do {
            try await iptables.ensure(EngineFilter.rules, in: EngineFilter.chain)
            engineRulesAreUnknown = false
            engineTrouble = nil
        } catch {
            if engineTrouble != "\(error)" {
                logger.warning("the engine's chains cannot be told of the swarm's networks", metadata: ["error": "\(error)"])
            }
            engineTrouble = "\(error)"
        }
    }

    /// What the kernel has to know of a bridge's ports so that the rules can work. The bridge itself is as its link was made.
    private func prepare(_ network: NetworkAssignment) {
        // A container that asks its own service may be sent to itself. Where rules see frames within the bridge, as they do beside an
        // engine, the frame is to go back where it came from.
        let ports = "\(interfaces)/\(network.bridge)/brif"
        for port in (try? FileManager.default.contentsOfDirectory(atPath: ports)) ?? [] where port != network.tunnel {
            write("1", to: "\(ports)/\(port)/hairpin_mode")
        }
    }

    /// Where it says something else: the kernel tells of writing, too, and who is told calls here again.
    private func write(_ value: String, to file: String) {
        let descriptor = open(file, O_RDWR | O_CLOEXEC)
        // What is not there yet is there at the next call, or has gone.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8)
        let count = read(descriptor, &buffer, buffer.count)
        guard !(count > 0 && buffer[..<count].starts(with: value.utf8)) else { return }
        if pwrite(descriptor, value, value.utf8.count, 0) < 0 {
            logger.warning("\(file) cannot be set to \(value)", metadata: ["reason": "\(String(cString: strerror(errno)))"])
        }
    }
}
