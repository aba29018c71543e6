import Logging
import NFTables

/// Keeps the fast path's rules as the networks and the containers' ports are. A kernel that cannot do what they ask for has the bridges
/// still.
actor FastPath {
    private let nft: NFTCommand
    private let logger: Logger
    /// What is in the kernel, as far as is known.
    private var applied: FastPathRules?
    /// What it did not take.
    private var refused: FastPathRules?

    init(nft: NFTCommand = NFTCommand(), logger: Logger) {
        self.nft = nft
        self.logger = logger
    }

    func apply(_ rules: FastPathRules) async {
        if rules == refused { return }
        if rules == applied, await isInForce(rules) { return }
        applied = nil
        do {
            try await nft.apply(rules.script)
            (applied, refused) = (rules, nil)
        } catch is CancellationError {
        } catch {
            // Mostly, a container has just gone with its port; then the next rules are others.
            logger.notice("frames between containers take no fast path", metadata: ["error": "\(error)"])
            refused = rules
            // What was there would go on sending frames to where containers were.
            try? await nft.apply(FastPathRules.table.removal)
        }
    }

    func removeAll() async {
        (applied, refused) = (nil, nil)
        do {
            try await nft.apply(FastPathRules.table.removal)
        } catch {
            logger.warning("the rules of the fast path could not be removed", metadata: ["error": "\(error)"])
        }
    }

    private func isInForce(_ rules: FastPathRules) async -> Bool {
        guard let table = rules.table, let chain = table.chains.first else { return true }
        return (try? await nft.rules(of: chain.name, in: table)) != nil
    }
}
