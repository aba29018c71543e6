import Glibc
import Testing

@testable import SwarmAgent

/// Published ports in the real kernel: a client outside, a node, tasks on it and on another one.
@Suite(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
struct PublishedPortKernelTests {
    /// Three tasks, of which the last is on another node.
    private func bed(_ forget: @escaping @Sendable (StaleFlows) async -> Void = { _ in }) async throws -> BalancingBed {
        let bed = try await BalancingBed(forget)
        try await bed.network("mesh", own: "10.0.0.2/24", isIngress: true)
        try await bed.service(
            "web", in: "mesh", virtualIP: "10.0.0.5",
            ports: [(8080, to: 80, "tcp"), (8443, to: 443, "tcp"), (5300, to: 53, "udp")])
        for (id, address, node) in [("w1", "10.0.0.11", "here"), ("w2", "10.0.0.12", "here"), ("w3", "10.0.0.13", "there")] {
            try await bed.task(id, of: "web", in: [("mesh", address)], on: node, tcp: [80, 443], udp: [53])
        }
        return bed
    }

    @Test func requestsGoToAllTasksInTurn() async throws {
        let bed = try await bed()
        try await bed.apply()
        var counts: [String: Int] = [:]
        for _ in 0..<12 { counts[try bed.client.ask(BalancingBed.nodeAddress, 8080).name ?? "", default: 0] += 1 }
        #expect(counts == ["w1": 4, "w2": 4, "w3": 4])
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8443).name != nil)
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8081) == .refused)
    }

    @Test func tasksOfThisNodeSeeTheClientsAddressAndOthersTheNodes() async throws {
        let bed = try await bed()
        try await bed.apply()
        var clients: [String: String] = [:]
        for _ in 0..<3 {
            let answer = try bed.client.ask(BalancingBed.nodeAddress, 8080)
            clients[answer.name ?? "\(answer)"] = answer.client
        }
        #expect(clients == ["w1": BalancingBed.clientAddress, "w2": BalancingBed.clientAddress, "w3": "10.0.0.2"])
    }

    @Test func datagramsAreBalancedAndStayWhereTheyWere() async throws {
        let bed = try await bed()
        try await bed.apply()
        var names: Set<String> = []
        for _ in 0..<6 { names.insert(try bed.client.ask(BalancingBed.nodeAddress, 5300, SOCK_DGRAM).name ?? "") }
        #expect(names == ["w1", "w2", "w3"])

        let socket = try bed.client.socket(SOCK_DGRAM)
        defer { close(socket) }
        let first = Namespace.ask(socket, BalancingBed.nodeAddress, 5300)
        #expect(first.name != nil)
        for _ in 0..<3 { #expect(Namespace.ask(socket, BalancingBed.nodeAddress, 5300) == first) }
    }

    @Test func theNodeItselfReachesThemByLoopbackAndByItsOwnAddress() async throws {
        let bed = try await bed()
        try await bed.apply()
        for address in ["127.0.0.1", BalancingBed.nodeAddress] {
            var names: Set<String> = []
            for _ in 0..<3 {
                let answer = try bed.node.ask(address, 8080)
                names.insert(answer.name ?? "\(answer)")
                #expect(answer.client == "10.0.0.2")
            }
            #expect(names == ["w1", "w2", "w3"], "by \(address)")
        }
        #expect(try bed.node.ask("127.0.0.1", 5300, SOCK_DGRAM).name != nil)
    }

    @Test func containersReachThemByTheNodesAddress() async throws {
        let bed = try await bed()
        try await bed.network("front", own: "10.0.1.2/24")
        try await bed.service("app", in: "front", virtualIP: nil)
        try await bed.task("a1", of: "app", in: [("front", "10.0.1.11")])
        try await bed.apply()
        for id in ["a1", "w1"] {
            var names: Set<String> = []
            for _ in 0..<3 {
                let answer = try bed.container(id).ask(BalancingBed.nodeAddress, 8080)
                names.insert(answer.name ?? "\(answer)")
                #expect(answer.client == "10.0.0.2")
            }
            #expect(names == ["w1", "w2", "w3"], "from \(id)")
        }
    }

    @Test func aTaskAnswersThroughWhicheverNetworkItsDefaultRouteIsIn() async throws {
        let bed = try await BalancingBed()
        try await bed.network("mesh", own: "10.0.0.2/24", isIngress: true)
        try await bed.network("back", own: "10.0.1.2/24", isInternal: true)
        try await bed.service("web", in: "mesh", virtualIP: "10.0.0.5", ports: [(8080, to: 80, "tcp")])
        try await bed.service("web", in: "back", virtualIP: "10.0.1.5")
        try await bed.task("w1", of: "web", in: [("back", "10.0.1.11"), ("mesh", "10.0.0.11")], tcp: [80])
        try await bed.apply()
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080) == .from("w1", client: BalancingBed.clientAddress))
    }

    @Test func aPortWhoseServiceHasNoTaskReadyRefusesAtOnceAndIsBackWithTheTask() async throws {
        let bed = try await bed()
        for key in bed.networks.endpoints.keys { bed.networks.endpoints[key]?.isReady = false }
        try await bed.apply()
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080) == .refused)
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 5300, SOCK_DGRAM) == .refused)
        #expect(try bed.node.ask("127.0.0.1", 8080) == .refused)

        bed.networks.endpoints[.init("mesh", "w2")]?.isReady = true
        try await bed.apply()
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080).name == "w2")
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 5300, SOCK_DGRAM).name == "w2")
    }

    @Test func nobodyOutsideReachesTasksOtherwise() async throws {
        let bed = try await bed()
        try await bed.apply()
        #expect(try bed.client.ask("10.0.0.11", 80) == .silence)
        #expect(try bed.client.ask("10.0.0.5", 80) != .from("w1", client: BalancingBed.clientAddress))
    }

    @Test func aConnectionOutlivesChangesOfTheRules() async throws {
        let bed = try await bed()
        try await bed.apply()
        let socket = try bed.client.socket(SOCK_DGRAM)
        defer { close(socket) }
        let first = Namespace.ask(socket, BalancingBed.nodeAddress, 5300)
        try await bed.service("other", in: "mesh", virtualIP: "10.0.0.6", ports: [(9090, to: 90, "tcp")])
        try await bed.apply()
        #expect(first.name != nil)
        #expect(Namespace.ask(socket, BalancingBed.nodeAddress, 5300) == first)
    }

    @Test func whatSomebodyElseRemovedIsBackAtTheNextCall() async throws {
        let bed = try await bed()
        try await bed.apply()
        try await bed.node.run("nft flush ruleset")
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080) == .refused)
        try await bed.apply()
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080).name != nil)
    }

    @Test func nothingIsWrittenWhereNothingHasChanged() async throws {
        let bed = try await bed()
        try await bed.apply()
        let before = try await bed.node.run("nft -a list table inet swarmd | grep handle")
        try await bed.apply()
        #expect(try await bed.node.run("nft -a list table inet swarmd | grep handle") == before)
    }

    @Test func theEnginesChainsLetThemThroughAndEverythingGoesAway() async throws {
        let bed = try await bed()
        try await bed.node.run(
            "iptables -P FORWARD DROP; iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN; iptables -A FORWARD -j DOCKER-USER"
        )
        try await bed.apply()
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080).name != nil)
        try await bed.apply()
        #expect(try await bed.node.run("iptables -S DOCKER-USER | grep -c swb-") == "2\n")

        await bed.balancing.removeAll()
        #expect(try await bed.node.run("nft list tables | grep -c swarmd || true") == "0\n")
        #expect(try await bed.node.run("iptables -S DOCKER-USER | grep -c swb- || true") == "0\n")
        #expect(try bed.client.ask(BalancingBed.nodeAddress, 8080) == .refused)
    }
}
