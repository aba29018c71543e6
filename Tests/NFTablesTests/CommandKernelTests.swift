import Glibc
import NFTables
import Testing

/// The programs, in a network namespace that ends with each of them.
@Suite(.enabled(if: geteuid() == 0, "namespaces can be made by root only"))
struct CommandKernelTests {
    private let nft = NFTCommand(FilterProgram(["unshare", "--net", "nft"]))

    private func table(_ rule: String) -> Table {
        var table = Table(name: "lab")
        table.chains = [Chain("first", hook: "filter hook input priority filter", rules: [rule])]
        return table
    }

    @Test func aScriptIsTaken() async throws {
        try await nft.check(table("tcp dport 80 accept").script)
        try await nft.apply(table("tcp dport 80 accept").script)
        try await nft.apply(table("").removal)
    }

    @Test func whatIsRefusedIsSaidInItsWords() async throws {
        let error = await #expect(throws: NFTablesError.self) { try await nft.apply(table("no such thing").script) }
        #expect(error?.message.contains("syntax error") == true)
        #expect(error?.description.hasPrefix("unshare --net nft -f -: ") == true)
    }

    @Test func aLongScriptIsRefusedInItsWordsToo() async throws {
        let error = await #expect(throws: NFTablesError.self) {
            try await nft.apply("no such thing\n" + String(repeating: "# nothing\n", count: 100_000))
        }
        #expect(error?.message.contains("syntax error") == true)
    }

    @Test func aChainThatIsNotThereHasNoRules() async throws {
        #expect(try await nft.rules(of: "first", in: table("")) == nil)
    }

    @Test func aProgramThatIsNotThereSaysSo() async throws {
        let error = await #expect(throws: NFTablesError.self) { try await FilterProgram(["no-such-program"]).run([]) }
        #expect(error?.message == "the program no-such-program is not there. Install it.")
    }

    @Test func aProgramThatDoesNotEndIsEnded() async throws {
        let program = FilterProgram(["sleep"], timeLimit: .milliseconds(50))
        let error = await #expect(throws: NFTablesError.self) { try await program.run(["60"]) }
        #expect(error?.message.contains("did not end within") == true)
    }
}
