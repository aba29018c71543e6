import SwarmModel
import Testing

@testable import SwarmAgent

struct StaleFlowsKernelTests {
    private func networks(ready: [String]) throws -> NodeNetworks {
        var networks = NodeNetworks()
        try networks.add(network: "mesh", own: "10.0.0.2/24", isIngress: true)
        try networks.add(
            service: "dns", in: "mesh", virtualIP: "10.0.0.5",
            ports: [
                .init(transport: "udp", target: 53, published: 53, publishMode: "ingress"),
                .init(transport: "tcp", target: 53, published: 54, publishMode: "ingress"),
            ])
        for (task, number) in [("d1", 11), ("d2", 12)] {
            try networks.add(task: task, of: "dns", in: "mesh", "10.0.0.\(number)", isReady: ready.contains(task))
        }
        return networks
    }

    private func destinations(ready: [String], withheld: Set<PublishedPort> = []) throws -> StaleFlows.Destinations {
        StaleFlows.Destinations(NetworkPlaces(try networks(ready: ready), nodeID: "here"), withheld: withheld)
    }

    @Test func nothingIsSentToATaskAnyMoreThatIsNotReady() throws {
        let stale = try StaleFlows(from: destinations(ready: ["d1", "d2"]), to: destinations(ready: ["d2"]))
        #expect(stale.destinations == [try #require(IPv4Address("10.0.0.11"))])
        #expect(stale.virtualIPs.isEmpty && stale.ports.isEmpty)
    }

    @Test func whatWasSentToAServiceBeforeItHadTasksIsSentToThem() throws {
        let stale = try StaleFlows(from: destinations(ready: []), to: destinations(ready: ["d1"]))
        #expect(stale.virtualIPs == [try #require(IPv4Address("10.0.0.5"))])
        #expect(stale.ports == [53])
        #expect(stale.destinations.isEmpty)
    }

    @Test func aTaskMoreIsNoReasonToForgetAnything() throws {
        #expect(try StaleFlows(from: destinations(ready: ["d1"]), to: destinations(ready: ["d1", "d2"])).isEmpty)
    }

    @Test func whatGoesToAnotherProgramIsItsOwn() throws {
        let port = PublishedPort(transport: .udp, number: 53)
        #expect(try destinations(ready: ["d1"], withheld: [port]).ports.isEmpty)
    }

    /// In the real kernel: with what is forgotten, a client that keeps its port is sent to a task that is ready.
    @Test(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
    func theLayerTellsWhatIsToBeForgotten() async throws {
        let (stream, told) = AsyncStream.makeStream(of: StaleFlows.self)
        let bed = try await BalancingBed { told.yield($0) }
        bed.networks = try networks(ready: ["d1", "d2"])
        try await bed.apply()
        bed.networks = try networks(ready: ["d2"])
        try await bed.apply()
        try await bed.apply()
        told.finish()
        let all = await stream.reduce(into: []) { $0.append($1) }
        #expect(all.count == 2)
        #expect(all.last?.destinations == [try #require(IPv4Address("10.0.0.11"))])
    }
}
