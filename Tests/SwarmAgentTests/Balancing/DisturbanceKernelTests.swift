import NFTables
import Netlink
import Testing

@testable import SwarmAgent

/// Which of the changes that the kernel tells of are looked after.
struct DisturbanceKernelTests {
    private let transactions = OwnTransactions()

    @Test func aLinkThatIsSetDownIsOne() {
        func isDisturbing(_ name: String, isUp: Bool) -> Bool {
            NetlinkChange.link(Link(index: 1, name: name, isUp: isUp), isRemoved: false).isDisturbing(beside: transactions)
        }
        #expect(isDisturbing("swv-mesh", isUp: false) && isDisturbing("swb-mesh", isUp: false))
        #expect(!isDisturbing("swb-mesh", isUp: true) && !isDisturbing("eth0", isUp: false))
    }

    @Test func afterAGapEverythingMayBeOne() {
        #expect(NetlinkChange.missed.isDisturbing(beside: transactions))
    }

    @Test(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
    func rulesAreOneWhenOthersWriteThem() async throws {
        let host = try Namespace()
        var changes = try host.inside { try NetlinkMonitor([.nftables]) }.makeAsyncIterator()
        let nft = NFTCommand(host.program("nft"), transactions: transactions)
        var table = BalancingRules.none
        table.chains = [Chain("first", rules: ["accept"])]

        try await nft.apply(table.script)
        #expect(await changes.next()?.isDisturbing(beside: transactions) == false)
        // The same program, and a process of somebody else's.
        try await NFTCommand(host.program("nft")).apply(table.script)
        #expect(await changes.next()?.isDisturbing(beside: transactions) == true)
        try await host.run("nft add table inet other")
        #expect(await changes.next()?.isDisturbing(beside: transactions) == false)

        await #expect(throws: NFTablesError.self) { try await nft.apply("no such thing") }
        try await nft.put(BalancingRules.none)
        #expect(await changes.next()?.isDisturbing(beside: transactions) == false)
    }
}
