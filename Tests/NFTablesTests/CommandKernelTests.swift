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

    /// `nft` where a script has been taken before.
    private func nft(after script: String) -> NFTCommand {
        NFTCommand(FilterProgram(["unshare", "--net", "sh", "-c", #"printf %s "$0" | nft -f - && exec nft "$@""#, script]))
    }

    @Test(arguments: ["", "flush ruleset\n", "delete table inet lab\n", "flush table inet lab\n"])
    func whetherATableIsAsItWasMadeIsSeen(removal: String) async throws {
        var table = table("tcp dport 80 accept")
        table.chains[0].rules += ["tcp dport { 1, 2 } counter accept", "numgen inc mod 2 vmap { 0 : goto one, 1 : goto two }"]
        table.chains.insert(Chain("one", comment: "1", rules: ["accept"]), at: 0)
        table.chains.insert(Chain("two", rules: []), at: 0)
        #expect(await nft(after: table.script + removal).holds(table) == removal.isEmpty)
        #expect(await nft(after: table.script + removal).holds(nil))
    }

    @Test func anNFTThatCannotSayHoldsNothing() async {
        #expect(await !NFTCommand(FilterProgram(["false"])).holds(table("accept")))
    }

    @Test func aProgramThatIsNotThereSaysSo() async throws {
        let error = await #expect(throws: NFTablesError.self) { try await FilterProgram(["no-such-program"]).run([]) }
        #expect(error?.message == "the program no-such-program is not there. Install it.")
    }

    @Test func aProgramThatReadsNothingIsHeardAllTheSame() async throws {
        signal(SIGPIPE, SIG_IGN)  // as swarmd does
        let rules = String(repeating: "rule\n", count: 50_000)
        for _ in 1...50 {
            let outcome = try await FilterProgram(["sh", "-c", "echo no >&2; exit 3"]).run([], input: rules)
            #expect(outcome.status == 3 && outcome.errors == "no")
        }
    }

    @Test func aProgramThatDoesNotEndIsEnded() async throws {
        let program = FilterProgram(["sleep"], timeLimit: .milliseconds(50))
        let error = await #expect(throws: NFTablesError.self) { try await program.run(["60"]) }
        #expect(error?.message.contains("did not end within") == true)
    }
}
