import Glibc
import Testing

@testable import SwarmAgent

/// Virtual addresses and isolation in the real kernel.
@Suite(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
struct VirtualAddressKernelTests {
    /// A service of two tasks, one of them on another node, and somebody else in the same network.
    private func bed(isInternal: Bool = false) async throws -> BalancingBed {
        let bed = try await BalancingBed()
        try await bed.network("front", own: "10.0.1.2/24", isInternal: isInternal)
        try await bed.service("web", in: "front", virtualIP: "10.0.1.5")
        try await bed.task("w1", of: "web", in: [("front", "10.0.1.11")], tcp: [80], udp: [53])
        try await bed.task("w2", of: "web", in: [("front", "10.0.1.12")], on: "there", tcp: [80], udp: [53])
        try await bed.service("app", in: "front", virtualIP: "10.0.1.6")
        try await bed.task("a1", of: "app", in: [("front", "10.0.1.21")], tcp: [7000])
        return bed
    }

    @Test(arguments: [true, false]) func requestsGoToAllTasksInTurn(bridgeIsFiltered: Bool) async throws {
        let bed = try await bed()
        try await bed.filterBridges(bridgeIsFiltered)
        try await bed.apply()
        var counts: [String: Int] = [:]
        for _ in 0..<10 { counts[try bed.container("a1").ask("10.0.1.5", 80).name ?? "", default: 0] += 1 }
        #expect(counts == ["w1": 5, "w2": 5])
        #expect(try bed.container("a1").ask("10.0.1.5", 53, SOCK_DGRAM).name != nil)
        #expect(try bed.container("a1").ask("10.0.1.5", 81) == .refused)
        #expect(try bed.node.ask("10.0.1.5", 80).name != nil, "from the node itself")
    }

    /// Where the kernel shows bridged frames to rules, as it does beside an engine, they are sent on within the bridge.
    @Test(arguments: [true, false]) func aTaskReachesItselfThroughItsService(bridgeIsFiltered: Bool) async throws {
        let bed = try await bed()
        try await bed.filterBridges(bridgeIsFiltered)
        try await bed.apply()
        #expect(try bed.container("a1").ask("10.0.1.6", 7000) == .from("a1", client: "10.0.1.2"))
    }

    @Test func aServiceWithoutTasksReadyRefusesAtOnceAndIsThereForPing() async throws {
        let bed = try await bed()
        for id in ["w1", "w2"] { bed.networks.endpoints[.init("front", id)]?.isReady = false }
        try await bed.apply()
        #expect(try bed.container("a1").ask("10.0.1.5", 80) == .refused)
        #expect(try bed.container("a1").ask("10.0.1.5", 53, SOCK_DGRAM) == .refused)
        #expect(try bed.container("a1").pings("10.0.1.5"))
    }

    /// Where bridged frames are shown to rules at all.
    @Test func onlyWhatIsTranslatedIsTracked() async throws {
        let bed = try await bed()
        try await bed.filterBridges(true)
        try await bed.apply()
        try await bed.node.run(
            "nft add table inet look; nft 'add chain inet look f { type filter hook forward priority 0; }'; "
                + "nft add rule inet look f ct state untracked counter; nft add rule inet look f ct state new counter")
        func seen() async throws -> [Bool] {
            try await bed.node.run("nft list chain inet look f").split(separator: "\n").filter { $0.contains("counter") }
                .map { !$0.contains("packets 0 ") }
        }
        #expect(try bed.container("a1").ask("10.0.1.11", 80).name == "w1")
        #expect(try await seen() == [true, false])
        #expect(try bed.container("a1").ask("10.0.1.5", 80).name != nil)
        #expect(try await seen() == [true, true])
    }

    @Test func programsOfTheNodeAreNotFoundAtVirtualAddresses() async throws {
        let bed = try await bed()
        try bed.serve("node", in: bed.node, port: 22)
        try await bed.apply()
        #expect(try bed.container("a1").ask("10.0.1.5", 22) == .refused)
        #expect(try bed.container("a1").ask("10.0.1.2", 22).name == "node")
    }

    @Test func networksDoNotReachEachOther() async throws {
        let bed = try await bed()
        try await bed.network("back", own: "10.0.2.2/24")
        try await bed.service("db", in: "back", virtualIP: "10.0.2.5")
        try await bed.task("d1", of: "db", in: [("back", "10.0.2.11")], tcp: [5432])
        try await bed.task("d2", of: "db", in: [("back", "10.0.2.12")], tcp: [5432])
        try await bed.apply()
        #expect(try bed.container("d2").ask("10.0.2.11", 5432).name == "d1")
        #expect(try bed.container("d2").ask("10.0.2.5", 5432).name != nil)
        #expect(try bed.container("a1").ask("10.0.2.11", 5432) == .silence)
        #expect(try bed.container("a1").ask("10.0.2.5", 5432) == .refused)
    }

    @Test func containersGetOutOfANetworkButNotOutOfAnInternalOne() async throws {
        for isInternal in [false, true] {
            let bed = try await bed(isInternal: isInternal)
            try bed.serve("outside", in: bed.client, port: 80)
            try bed.serve("node", in: bed.node, port: 22)
            try await bed.apply()
            // What the engine does.
            try await bed.node.run(
                "nft add table ip engine; nft 'add chain ip engine p { type nat hook postrouting priority srcnat; }'; "
                    + "nft add rule ip engine p ip saddr 10.0.1.0/24 oifname eth0 masquerade")
            let container = try bed.container("a1")
            #expect(try container.ask(BalancingBed.clientAddress, 80).name == (isInternal ? nil : "outside"))
            #expect(try container.ask(BalancingBed.nodeAddress, 22).name == (isInternal ? nil : "node"))
            // Within the network there is no difference.
            #expect(try container.ask("10.0.1.5", 80).name != nil)
            #expect(try container.ask("10.0.1.2", 22).name == "node")
        }
    }

    @Test func aContainerInAnInternalNetworkAndInAnotherOneGetsOut() async throws {
        let bed = try await bed(isInternal: true)
        try await bed.network("open", own: "10.0.2.2/24")
        try await bed.service("both", in: "front", virtualIP: nil)
        try await bed.task("b1", of: "both", in: [("front", "10.0.1.31"), ("open", "10.0.2.31")])
        try bed.serve("outside", in: bed.client, port: 80)
        try await bed.apply()
        #expect(try bed.container("b1").ask(BalancingBed.clientAddress, 80).name == "outside")
        #expect(try bed.container("a1").ask(BalancingBed.clientAddress, 80) == .silence)
    }

    @Test func onlyOtherNodesAreBelievedToBeNodes() async throws {
        let bed = try await bed()
        try await bed.apply()
        func dropped() async throws -> Int {
            _ = try bed.client.ask(BalancingBed.nodeAddress, 4789, SOCK_DGRAM)
            let rules = try await bed.node.run("nft list chain inet swarmd carriers")
            let count = rules.split(separator: "counter packets ").last?.split(separator: " ").first
            return try #require(count.flatMap { Int($0) })
        }
        let before = try await dropped()
        #expect(before > 0)
        bed.networks.add(peer: "there", in: "front", underlay: BalancingBed.clientAddress)
        try await bed.apply()
        #expect(try await dropped() == before)
    }
}
