/// The program `nft`, which takes scripts that are done whole or not at all.
public struct NFTCommand: Sendable {
    private let program: FilterProgram
    private let transactions: OwnTransactions

    /// - Parameters:
    ///   - program: other than `nft` where it is to be run in a namespace.
    ///   - transactions: are told of each before it is done.
    public init(_ program: FilterProgram = FilterProgram(["nft"]), transactions: OwnTransactions = OwnTransactions()) {
        self.program = program
        self.transactions = transactions
    }

    /// Does what the script says, in one transaction.
    ///
    /// - Throws: `NFTablesError` with what `nft` says; nothing was done then, unless it took too long, when all may have been.
    public func apply(_ script: String) async throws {
        do {
            try await run(["-f", "-"], script, begun: transactions.begin)
        } catch {
            // Whether the kernel has told of it, or will, is unknown.
            transactions.forget()
            throw error
        }
    }

    /// Asks `nft` and the kernel whether they would take the script. Nothing is done.
    public func check(_ script: String) async throws { try await run(["-c", "-f", "-"], script) }

    /// The rules of a chain as `nft` lists them, with counters; nil where there is no such chain.
    public func rules(of chain: String, in table: Table) async throws -> String? {
        let outcome = try await program.run(["list", "chain", table.family, table.name, chain])
        if outcome.succeeded { return outcome.output }
        if outcome.errors.contains("No such file or directory") { return nil }
        throw program.error(["list", "chain", table.family, table.name, chain], outcome.errors)
    }

    /// Whether the kernel has the table as far as the rules of its first chain with a hook tell: nobody has removed it, as a firewall
    /// does that is started anew and begins with nothing. False where `nft` cannot say.
    ///
    /// - Parameter table: nil where there is to be none.
    public func holds(_ table: Table?) async -> Bool {
        guard let table, let chain = table.chains.first(where: { $0.hook != nil && !$0.rules.isEmpty }) else { return true }
        guard let listed = try? await rules(of: chain.name, in: table) else { return false }
        // Two lines are of the table, two of the chain, and one is the hook's.
        return listed.split(separator: "\n").count >= 5 + chain.rules.count
    }

    private func run(
        _ arguments: [String], _ script: String, begun: @escaping @Sendable (UInt32) -> Void = { _ in }
    ) async throws {
        let outcome = try await program.run(arguments, input: script, begun: begun)
        guard outcome.succeeded else {
            throw program.error(arguments, outcome.errors.isEmpty ? "exit status \(outcome.status)" : outcome.errors)
        }
    }
}
