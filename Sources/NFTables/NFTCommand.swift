import FoundationEssentials

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

    /// Sees to it that the kernel has this table, in one transaction.
    ///
    /// - Parameter earlier: what the kernel has, as far as is known: then no more is done than what makes the difference, and where there
    ///   is none, nothing unless somebody has taken something away. Nil where that is not known.
    /// - Throws: `NFTablesError` with what `nft` says; what was there is there still, unless it took too long.
    public func put(_ table: Table, after earlier: Table? = nil) async throws {
        if table == earlier {
            if await holds(table) { return }
        } else if let earlier, let changes = table.changes(from: earlier) {
            do {
                return try await apply(changes)
            } catch is NFTablesError {
                // It has something else, then.
            }
        }
        try await apply(table.script)
    }

    /// Asks `nft` and the kernel whether they would take the script. Nothing is done.
    public func check(_ script: String) async throws { try await run(["-c", "-f", "-"], script) }

    /// Whether the kernel has as much of everything as there is in the table, or more: nobody has taken anything away, as a firewall does
    /// that is started anew and begins with nothing. False where `nft` cannot say.
    public func holds(_ table: Table) async -> Bool {
        if table.isEmpty { return true }
        guard let outcome = try? await program.run(["-j", "list", "table", table.family, table.name]), outcome.succeeded,
            let listing = try? JSONDecoder().decode(TableListing.self, from: Data(outcome.output.utf8))
        else { return false }
        return TableCounts(listing).cover(TableCounts(table))
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
