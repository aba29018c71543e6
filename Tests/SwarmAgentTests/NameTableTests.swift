import DockerAPI
import NIOCore
import NameService
import SwarmModel
import Testing

@testable import SwarmAgent

/// Who is told which names.
@Suite struct NameTableTests {
    /// Two networks and the routing mesh. On this node, n1: web.1 in both networks and the mesh, db.1 in back, lone.1 in front.
    private static var networks: NodeNetworks {
        var all = NodeNetworks()
        all.add(network: "front", 1)
        all.add(network: "back", 2, isInternal: true)
        all.add(network: "mesh", 0, isIngress: true)
        all.add(service: "web", in: "front", "10.0.1.2", aliases: ["WWW", "site.example"])
        all.add(service: "web", in: "back", "10.0.2.2")
        all.add(service: "web", in: "mesh", "10.0.0.2")
        all.add(service: "db", in: "back", "10.0.2.3")
        all.add(service: "peers", in: "back", nil)
        all.add(service: "empty", in: "front", nil)
        all.add(service: "down", in: "front", "10.0.1.9")
        all.add(service: "lone", in: "front", "10.0.1.8")
        all.add(task: "t1", of: "web", on: "n1", in: "front", "10.0.1.11")
        all.add(task: "t1", of: "web", on: "n1", in: "back", "10.0.2.11")
        all.add(task: "t1", of: "web", on: "n1", in: "mesh", "10.0.0.11")
        all.add(task: "t2", of: "web", on: "n2", in: "front", "10.0.1.12", aliases: ["WWW", "blue"])
        all.add(task: "t3", of: "web", on: "n2", in: "front", "10.0.1.13", isReady: false, aliases: ["WWW", "blue"])
        all.add(task: "d1", of: "db", on: "n1", in: "back", "10.0.2.12")
        all.add(task: "l1", of: "lone", on: "n1", in: "front", "10.0.1.14", isReady: false)
        all.endpoints[NodeNetworks.Key("front", "l1")]?.nameservers = ["192.0.2.7", "nonsense", "192.0.2.8"]
        for index in 1...5 { all.add(task: "p\(index)", of: "peers", on: "n2", in: "back", "10.0.2.2\(index)") }
        return all
    }

    private static func servers(_ addresses: String...) throws -> [SocketAddress] {
        try addresses.map { try SocketAddress(ipAddress: $0, port: 53) }
    }

    private static func table() throws -> NameTable {
        NameTable(networks, nodeID: "n1", upstreams: try servers("192.0.2.1"))
    }

    private static func ask(_ name: String, _ type: RecordType = .a, from asker: String, _ table: NameTable? = nil) throws
        -> NameAnswer
    {
        let question = Question(try #require(DomainName(name)), type)
        return try (table ?? Self.table()).answer(question, from: try #require(IPv4Address(asker)))
    }

    /// The addresses in an answer, in order of size; what it is where it has none.
    private static func addresses(_ name: String, from asker: String) throws -> [String] {
        switch try ask(name, from: asker) {
        case .records(let records):
            records.map { record in
                guard case .a(let address) = record.data, record.timeToLive <= 5 else { return "\(record)" }
                return "\(address)"
            }.sorted()
        case .noSuchName: ["no such name"]
        case .forward(let servers): servers.isEmpty ? ["nobody to ask"] : servers.map { "forward to \($0.ipAddress ?? "")" }
        case .refused: ["refused"]
        }
    }

    @Test(arguments: [
        ("web", "10.0.1.2"), ("WEB", "10.0.1.2"), ("web.", "10.0.1.2"), ("www", "10.0.1.2"), ("site.example", "10.0.1.2"),
        ("web.front", "10.0.1.2"), ("Site.Example.Front", "10.0.1.2"), ("web.back", "10.0.2.2"), ("db", "10.0.2.3"),
        ("tasks.web", "10.0.1.11 10.0.1.12"), ("tasks.www", "10.0.1.11 10.0.1.12"), ("TASKS.web.front", "10.0.1.11 10.0.1.12"),
        ("tasks.web.back", "10.0.2.11"), ("web.1.t1", "10.0.1.11"), ("web.1.t1.back", "10.0.2.11"),
        ("blue", "10.0.1.12"), ("tasks.peers", "10.0.2.21 10.0.2.22 10.0.2.23 10.0.2.24 10.0.2.25"),
        ("peers", "10.0.2.21 10.0.2.22 10.0.2.23 10.0.2.24 10.0.2.25"),
        // A container is where it is, ready or not.
        ("web.1.t3", "10.0.1.13"),
        // Nobody there, but the address is the service's.
        ("down", "10.0.1.9"),
        ("tasks.down", "no such name"), ("empty", "no such name"), ("tasks.empty", "no such name"),
        ("empty.front", "no such name"),
        ("web.mesh", "forward to 192.0.2.1"), ("example.org", "forward to 192.0.2.1"), ("nothing", "forward to 192.0.2.1"),
        ("tasks.nothing", "forward to 192.0.2.1"), ("tasks.blue", "forward to 192.0.2.1"), ("front", "forward to 192.0.2.1"),
        ("tasks", "forward to 192.0.2.1"), ("webfront", "forward to 192.0.2.1"), ("web.front.front", "forward to 192.0.2.1"),
    ])
    func aContainerIsToldTheNamesOfItsNetworks(_ name: String, _ expected: String) throws {
        #expect(try Self.addresses(name, from: "10.0.1.11").joined(separator: " ") == expected)
    }

    @Test func ofOneNameInTwoNetworksItIsThatOfTheNetworkThatWasAskedIn() throws {
        #expect(try Self.addresses("web", from: "10.0.1.11") == ["10.0.1.2"])
        #expect(try Self.addresses("web", from: "10.0.2.11") == ["10.0.2.2"])
        #expect(try Self.addresses("web.front", from: "10.0.2.11") == ["10.0.1.2"])
    }

    @Test func otherNetworksNamesAreNotToBeHad() throws {
        for name in ["db", "peers", "tasks.db", "db.1.d1", "db.back", "web.back"] {
            #expect(try Self.addresses(name, from: "10.0.1.14") == ["forward to 192.0.2.7", "forward to 192.0.2.8"])
        }
        // All networks of db.1 are internal.
        for name in ["down", "lone.1.l1", "web.front", "example.org"] {
            #expect(try Self.addresses(name, from: "10.0.2.12") == ["nobody to ask"])
        }
        #expect(try Self.addresses("web", from: "10.0.2.12") == ["10.0.2.2"])
    }

    @Test(arguments: [
        // Another node's container, the mesh, this node, a stranger.
        "10.0.1.12", "10.0.0.11", "10.0.1.3", "192.0.2.99",
    ])
    func strangersAreToldNothing(_ asker: String) throws {
        for name in ["web", "nothing", "11.1.0.10.in-addr.arpa"] {
            #expect(try Self.ask(name, from: asker) == .refused)
        }
    }

    @Test func namesThatAreThereHaveNoRecordsOfOtherTypes() throws {
        for name in ["web", "tasks.web", "web.1.t1", "blue", "peers"] {
            #expect(try Self.ask(name, .aaaa, from: "10.0.1.11") == .records([]))
            #expect(try Self.ask(name, RecordType(rawValue: 15), from: "10.0.1.11") == .records([]))
        }
        #expect(try Self.ask("empty", .aaaa, from: "10.0.1.11") == .noSuchName)
        #expect(try Self.ask("nothing", .aaaa, from: "10.0.1.11") == .forward(try Self.servers("192.0.2.1")))
        guard case .records(let records) = try Self.ask("web", .any, from: "10.0.1.11") else {
            Issue.record("no records")
            return
        }
        #expect(records.count == 1)
        let chaos = Question(try #require(DomainName("web")), .a, RecordClass(rawValue: 3))
        #expect(try Self.table().answer(chaos, from: try #require(IPv4Address("10.0.1.11"))) == .refused)
    }

    @Test(arguments: [
        ("11.1.0.10.in-addr.arpa", "web.1.t1.front"), ("12.1.0.10.In-Addr.Arpa.", "web.1.t2.front"),
        ("12.2.0.10.in-addr.arpa", "db.1.d1.back"), ("2.1.0.10.in-addr.arpa", "web.front"),
    ])
    func addressesHaveNames(_ reverse: String, _ expected: String) throws {
        guard case .records(let records) = try Self.ask(reverse, .ptr, from: "10.0.1.11"), let record = records.first else {
            Issue.record("no records")
            return
        }
        #expect(records.count == 1)
        #expect(record.data == .ptr(try #require(DomainName(expected))))
        #expect(try Self.ask(reverse, .a, from: "10.0.1.11") == .records([]))
    }

    @Test func addressesOfOnesOwnNetworksAreNotAskedOfOthers() throws {
        let upstream = NameAnswer.forward(try Self.servers("192.0.2.1"))
        #expect(try Self.ask("200.1.0.10.in-addr.arpa", .ptr, from: "10.0.1.11") == .noSuchName)
        #expect(try Self.ask("11.0.0.10.in-addr.arpa", .ptr, from: "10.0.1.11") == upstream)
        #expect(try Self.ask("1.0.10.in-addr.arpa", .ptr, from: "10.0.1.11") == upstream)
        #expect(try Self.ask("1.2.3.4.5.in-addr.arpa", .ptr, from: "10.0.1.11") == upstream)
        // Of a network that the asker is not in, it is not told.
        #expect(
            try Self.ask("12.2.0.10.in-addr.arpa", .ptr, from: "10.0.1.14") == .forward(Self.servers("192.0.2.7", "192.0.2.8")))
    }

    @Test func servicesMayShareAnAlias() throws {
        var networks = Self.networks
        networks.add(service: "blue", in: "front", "10.0.1.20", aliases: ["www"])
        let table = NameTable(networks, nodeID: "n1")
        guard case .records(let records) = try Self.ask("www", from: "10.0.1.11", table) else {
            Issue.record("no records")
            return
        }
        #expect(Set(records.map(\.data)) == [.a(IPv4Address(0x0A00_0102)), .a(IPv4Address(0x0A00_0114))])
        // A service's name goes before an alias that tasks have.
        guard case .records(let named) = try Self.ask("blue", from: "10.0.1.11", table) else {
            Issue.record("no records")
            return
        }
        #expect(named.map(\.data) == [.a(IPv4Address(0x0A00_0114))])
    }

    @Test func addressesComeInAnotherOrderEachTime() throws {
        let table = try Self.table()
        var first: Set<RecordData> = []
        for _ in 0..<200 {
            guard case .records(let records) = try Self.ask("peers", from: "10.0.2.12", table) else { continue }
            #expect(Set(records.map(\.data)).count == 5)
            records.first.map { _ = first.insert($0.data) }
        }
        #expect(first.count == 5)
    }

    @Test func whatHasGoneIsGone() throws {
        var networks = Self.networks
        networks.services[NodeNetworks.Key("front", "web")] = nil
        networks.endpoints[NodeNetworks.Key("front", "t2")] = nil
        let table = NameTable(networks, nodeID: "n1")
        #expect(try Self.ask("tasks.web.front", from: "10.0.1.11", table) == .forward([]))
        #expect(try Self.ask("web.1.t2", from: "10.0.1.11", table) == .forward([]))
        networks.endpoints[NodeNetworks.Key("front", "t1")] = nil
        #expect(try Self.ask("down", from: "10.0.1.11", NameTable(networks, nodeID: "n1")) == .refused)
    }
}
