import Logging
import NFTables
import Netlink
import SwarmModel

/// Keeps the fast path's rules as the networks and the containers' ports are. A kernel that cannot do what they ask for has the bridges
/// still.
///
/// Nobody waits for it: it is told of the networks, looks at the ports when something has changed, and writes in its own time.
actor FastPath: NetworkLayer {
    private let nodeID: String
    private let links: LinkTable
    private let disturbances: @Sendable () -> AsyncStream<Void>
    private let nft: NFTCommand
    private let logger: Logger

    private var plan = LinkPlan.empty
    /// What is in the kernel, as far as is known.
    private var applied: FastPathRules?
    /// What it did not take.
    private var refused: FastPathRules?
    private var last: Task<Void, Never>?
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - links: for it alone.
    ///   - disturbances: tells when containers may have come to ports, or left them.
    init(
        nodeID: String, links: LinkTable, disturbances: @escaping @Sendable () -> AsyncStream<Void>,
        nft: NFTCommand = NFTCommand(), logger: Logger
    ) {
        self.nodeID = nodeID
        self.links = links
        self.disturbances = disturbances
        self.nft = nft
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func apply(_ networks: NodeNetworks) {
        // How large packets may be is not asked here.
        plan = LinkPlan(networks, node: nodeID, underlayMTU: 1500)
        wake.yield()
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in self.disturbances() { self.wake.yield() } }
            for await _ in wakes {
                await settle()
                // What comes in a moment is done together.
                try? await Task.sleep(for: .milliseconds(200))
            }
            group.cancelAll()
        }
    }

    func removeAll() async {
        plan = .empty
        await settle()
    }

    /// Makes the rules as they are to be now, after those that are just being made.
    func settle() async {
        let task = Task { [last] in
            await last?.value
            await write()
        }
        last = task
        await task.value
    }

    private func write() async {
        let plan = plan
        guard let ports = try? await links.containers(of: plan) else {
            // A bridge is just going, and whoever removes it tells of it.
            return
        }
        let rules = FastPathRules(plan, ports)
        if rules == refused { return }
        let earlier = rules == applied ? rules.table : nil
        applied = nil
        do {
            try await nft.put(rules.table, after: earlier)
            (applied, refused) = (rules, nil)
        } catch {
            // Mostly, a container has just gone with its port; then the next rules are others.
            logger.notice("frames between containers take no fast path", metadata: ["error": "\(error)"])
            refused = rules
            // What was there would go on sending frames to where containers were.
            try? await nft.put(FastPathRules.none)
        }
    }
}
