import NFTables
import SwarmModel
import Testing

@testable import SwarmAgent

/// The table as it is changed in place.
@Suite(.enabled(if: Namespace.canBeMade, "namespaces can be made by root only"))
struct BalancingChangesKernelTests {
    /// Step by step, and from one to the other by any of the others.
    @Test func whatIsChangedInPlaceIsWhatIsMadeAsAWhole() async throws {
        let sample = BalancingRulesTests()
        var networks = try sample.networks()
        var steps = [networks]
        func step(_ change: (inout NodeNetworks) throws -> Void) throws {
            try change(&networks)
            steps.append(networks)
        }
        try step {
            try $0.add(service: "db", in: "front", virtualIP: "10.0.1.6")
            try $0.add(
                service: "api", in: "mesh", virtualIP: "10.0.0.6",
                ports: [sample.port(8081, to: 80), sample.port(53, to: 53, "udp")])
        }
        try step {
            try $0.add(task: "d1", of: "db", in: "front", "10.0.1.21", on: "there")
            try $0.add(task: "a1", of: "api", in: "mesh", "10.0.0.21")
        }
        try step { try $0.add(task: "a2", of: "api", in: "mesh", "10.0.0.22", on: "there") }
        try step { for key in $0.endpoints.keys where key.member == "w2" { $0.endpoints[key]?.isReady = false } }
        try step { $0.add(peer: "third", in: "front", underlay: "192.0.2.4") }
        try step { $0.services[.init("mesh", "web")] = nil }
        try step { try $0.add(network: "back", own: "10.0.2.2/24", isInternal: true) }
        try step { for key in $0.endpoints.keys where key.network == "mesh" { $0.endpoints[key] = nil } }

        let tables = steps.map { BalancingRules(NetworkPlaces($0, nodeID: NodeNetworks.here)).table }
        let (changed, whole) = (try Namespace(), try Namespace())
        let nft = NFTCommand(changed.program("nft"))
        // Services and tasks that come and go leave the table where it is.
        try await nft.put(tables[0])
        let handle = try await changed.run("nft -a list tables")
        for (earlier, table) in zip(tables, tables[1...6]) { try await nft.put(table, after: earlier) }
        #expect(try await changed.run("nft -a list tables") == handle)

        var last: Table? = tables[6]
        for table in tables + tables.reversed() + [tables[0], tables[5], tables[2], tables[6], tables[1]] {
            try await nft.put(table, after: last)
            try await NFTCommand(whole.program("nft")).put(table)
            #expect(try await parts(changed) == parts(whole))
            #expect(await nft.holds(table))
            last = table
        }
        // What is not as it was thought to be is made as a whole.
        try await changed.run("nft flush ruleset")
        try await nft.put(tables[4], after: last)
        #expect(await nft.holds(tables[4]))
    }

    /// The sets, maps and chains that there are, in any order.
    private func parts(_ namespace: Namespace) async throws -> [String] {
        try await namespace.run("nft list ruleset").replacing("table inet swarmd {\n", with: "").replacing("\n}\n", with: "")
            .split(separator: "\n\n").map(String.init).sorted()
    }
}
