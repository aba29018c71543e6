import Glibc
import Logging
import NFTables
import Testing

@testable import SwarmAgent

/// The fast path in the real kernel: two nodes with tunnels between them.
@Suite(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
struct FastPathKernelTests {
    /// Two tasks on the first node and one on the other, all of which have been heard.
    private func bed() async throws -> MeshBed {
        let bed = try await MeshBed(hosts: 2)
        try bed.add(network: "front", third: 1)
        try bed.networks.add(service: "web", in: "front", virtualIP: "10.0.1.9")
        try await bed.apply()
        for (id, number, host) in [("a", 1, 11), ("b", 1, 12), ("c", 2, 13)] {
            try await bed.task(id, of: "web", on: number, in: [("front", "10.0.1.\(host)")])
        }
        try await bed.apply()
        for host in 12...13 { #expect(try bed.container("a").pings("10.0.1.\(host)")) }
        try await bed.apply()
        for number in 1...2 {
            try await bed[number].namespace.run(
                """
                nft 'table bridge look { chain c { type filter hook prerouting priority -300;
                    ether type ip counter name "seen"; }; counter seen { }; }'
                """)
        }
        return bed
    }

    /// Frames with IP packets that the bridge of a node was given since it was asked last.
    private func seen(_ bed: MeshBed, _ number: Int) async throws -> Int {
        let counter = try await bed[number].namespace.run("nft reset counter bridge look seen")
        let words = counter.split(whereSeparator: \.isWhitespace)
        return words.firstIndex(of: "packets").flatMap { Int(words[$0 + 1]) } ?? -1
    }

    @Test func theBridgesSeeNothingOfWhatGoesBetweenContainers() async throws {
        let bed = try await bed()
        for (from, host) in [("a", 12), ("a", 13), ("c", 11)] {
            #expect(try bed.container(from).ask("10.0.1.\(host)", 80).name != nil, "\(from) to \(host)")
        }
        #expect(try await seen(bed, 1) == 0)
        #expect(try await seen(bed, 2) == 0)
        // What is to be translated goes by way of them, and so does what is for the node.
        #expect(try bed.container("a").ask("10.0.1.9", 80).name != nil)
        #expect(try bed.container("c").pings("10.0.1.3"))
        #expect(try await seen(bed, 1) > 0)
        #expect(try await seen(bed, 2) > 0)
    }

    @Test func aContainerThatGoesAndComesAgainIsFound() async throws {
        let bed = try await bed()
        try await bed[1].namespace.run("ip link delete veth1")
        try await bed.apply()
        #expect(try bed.container("c").pings("10.0.1.12"))
        // The same one, at another port: nobody has heard it there.
        try await bed.task("again", of: "web", on: 1, in: [("front", "10.0.1.11")])
        #expect(try bed.container("again").pings("10.0.1.13"))
        try await bed.apply()
        _ = try await seen(bed, 1)
        #expect(try bed.container("c").ask("10.0.1.11", 80).name == "again")
        #expect(try await seen(bed, 1) == 0)
    }

    /// It takes the task that goes for a moment longer to be forgotten on one node than on the other.
    @Test func framesAreNotSentToAndFroBetweenNodesThatDisagree() async throws {
        let bed = try await bed()
        // Both take the container for the other node's.
        try bed.networks.add(task: "a", of: "web", in: "front", "10.0.1.11", on: "n2")
        _ = await bed[1].links.make(bed.plan(for: 1))
        try await bed.layFastPath(1)
        func sent() async throws -> Int {
            let lines = try await bed[1].namespace.run("ip -s link show swv-front").split(separator: "\n")
            return lines.last.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
        }
        let before = try await sent()
        _ = try bed.container("c").pings("10.0.1.11")
        #expect(try await sent() - before < 10)
    }

    @Test func othersWhoRemoveItHaveItMadeAgainAndAtTheEndNothingIsLeft() async throws {
        let bed = try await bed()
        let host = bed[1]
        try await host.namespace.run("nft flush ruleset")
        #expect(try bed.container("a").ask("10.0.1.13", 80).name == "c")
        try await bed.apply()
        #expect(try await host.namespace.run("nft list tables").contains("table netdev swarmd-fast-path"))
        await host.fastPath.removeAll()
        #expect(try await !host.namespace.run("nft list tables").contains("table netdev swarmd-fast-path"))
        #expect(try bed.container("a").ask("10.0.1.13", 80).name == "c")
    }

    /// Somebody removes a tunnel, and it is made again with the same name.
    @Test func aTunnelThatIsMadeAnewIsTaken() async throws {
        let bed = try await bed()
        try await bed[1].namespace.run("ip link delete swv-front")
        try await bed.apply()
        #expect(try bed.container("a").ask("10.0.1.13", 80).name == "c")
        #expect(try bed.container("c").ask("10.0.1.11", 80).name == "a")
        #expect(try await seen(bed, 1) == 0)
    }

    /// A kernel without `fwd`, or without the family, says no to all of it.
    @Test func whereTheKernelRefusesThereAreTheBridges() async throws {
        let bed = try await bed()
        let host = bed[1].namespace
        let refusing = FastPath(
            nodeID: "n1", links: try host.inside { try LinkTable() }, disturbances: { AsyncStream { nil } },
            nft: NFTCommand(host.program("false")), logger: Logger(label: "bed") { _ in SwiftLogNoOpLogHandler() })
        await bed[1].fastPath.removeAll()
        await refusing.settle()
        #expect(try bed.container("a").ask("10.0.1.13", 80).name == "c")
        #expect(try await seen(bed, 1) > 0)
    }
}
