/// The program `nft`, which takes scripts that are done whole or not at all.
public struct NFTCommand: Sendable {
    private let program: FilterProgram

    /// - Parameter program: other than `nft` where it is to be run in a namespace.
    public init(_ program: FilterProgram = FilterProgram(["nft"])) { self.program = program }

    /// Does what the script says, in one transaction.
    ///
    /// - Throws: `NFTablesError` with what `nft` says; nothing was done then, unless it took too long, when all may have been.
    public func apply(_ script: String) async throws { try await run(["-f", "-"], script) }

    /// Asks `nft` and the kernel whether they would take the script. Nothing is done.
    public func check(_ script: String) async throws { try await run(["-c", "-f", "-"], script) }

    /// The rules of a chain as `nft` lists them, with counters; nil where there is no such chain.
    public func rules(of chain: String, in table: Table) async throws -> String? {
        let outcome = try await program.run(["list", "chain", table.family, table.name, chain])
        if outcome.succeeded { return outcome.output }
        if outcome.errors.contains("No such file or directory") { return nil }
        throw program.error(["list", "chain", table.family, table.name, chain], outcome.errors)
    }

    private func run(_ arguments: [String], _ script: String) async throws {
        let outcome = try await program.run(arguments, input: script)
        guard outcome.succeeded else {
            throw program.error(arguments, outcome.errors.isEmpty ? "exit status \(outcome.status)" : outcome.errors)
        }
    }
}
