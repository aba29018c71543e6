/// The program `iptables`, for the few rules that have to stand among those of others.
public struct IPTablesCommand: Sendable {
    private let program: FilterProgram

    /// - Parameter program: other than `iptables` where it is to be run in a namespace.
    public init(_ program: FilterProgram = FilterProgram(["iptables"])) { self.program = program }

    /// Sees to it that the chain is there and has each of the rules; those that are missing come to its top, in any order.
    ///
    /// - Returns: the rules that were missing.
    @discardableResult
    public func ensure(_ rules: [[String]], in chain: String) async throws -> [[String]] {
        var missing: [[String]] = []
        for rule in rules where try await !run(["-C", chain] + rule) { missing.append(rule) }
        guard !missing.isEmpty else { return [] }
        // Nothing tells apart a chain that is there already from one that cannot be made, but the next step does.
        _ = try await run(["-N", chain])
        for rule in missing { try await require(["-I", chain, "1"] + rule) }
        return missing
    }

    /// Takes the rules out of the chain, if they are in it, and leaves the chain.
    public func remove(_ rules: [[String]], from chain: String) async throws {
        for rule in rules where try await run(["-C", chain] + rule) { try await require(["-D", chain] + rule) }
    }

    private func require(_ arguments: [String]) async throws {
        let outcome = try await program.run(wait + arguments)
        guard outcome.succeeded else { throw program.error(wait + arguments, outcome.errors) }
    }

    private func run(_ arguments: [String]) async throws -> Bool { try await program.run(wait + arguments).succeeded }

    /// Others may be changing rules at this moment, and `iptables` gives up at once unless told to wait.
    private let wait = ["-w", "3"]
}
