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
        try await nft.put(Table(name: "lab"))
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

    /// `nft` where a script has been taken before.
    private func nft(after script: String) -> NFTCommand {
        NFTCommand(FilterProgram(["unshare", "--net", "sh", "-c", #"printf %s "$0" | nft -f - && exec nft "$@""#, script]))
    }

    @Test(arguments: [
        "", "flush ruleset\n", "delete table inet lab\n", "flush table inet lab\n", "flush chain inet lab one\n",
        "delete element inet lab hosts { 10.0.0.2 }\n", "flush set inet lab nets\n", "delete chain inet lab two\n",
    ])
    func whetherATableIsAsItWasMadeIsSeen(removal: String) async throws {
        var table = table("tcp dport 80 accept")
        table.chains[0].rules += ["tcp dport { 1, 2 } counter accept", "numgen inc mod 2 vmap { 0 : goto one, 1 : goto one }"]
        table.chains.insert(Chain("one", comment: "1", rules: ["accept"]), at: 0)
        table.chains.insert(Chain("two", rules: []), at: 0)
        table.lookups = [
            Lookup("hosts", type: "ipv4_addr", elements: ["10.0.0.1", "10.0.0.2"]),
            Lookup("ports", type: "inet_service : verdict", elements: ["80 : goto one"]),
            Lookup("nets", type: "ipv4_addr", isInterval: true, elements: ["10.0.0.0/24", "10.0.1.0/24"]),
        ]
        #expect(await nft(after: table.script + removal).holds(table) == removal.isEmpty)
        #expect(await nft(after: table.script + removal).holds(Table(name: "lab")))
    }

    @Test func whatOthersAddDoesNoHarm() async throws {
        var table = table("accept")
        table.lookups = [Lookup("hosts", type: "ipv4_addr", elements: [])]
        let more = "add rule inet lab first drop\nadd element inet lab hosts { 10.0.0.1 }\nadd chain inet lab other\n"
        #expect(await nft(after: table.script + more).holds(table))
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
