import DockerAPI
import SwarmModel
import Testing

@testable import Orchestration

/// Plain containers in networks: what they get, and when it comes back.
@Suite struct AttachmentTests {
    private var leader: Orchestrator

    init() {
        var serial = 0
        leader = Orchestrator {
            serial += 1
            return "t\(serial)"
        }
        leader.put(Fixture.network("front", "10.0.1.0/29"))
        for id in ["n1", "n2"] { leader.put(Fixture.node(id)) }
        _ = leader.decide(now: Fixture.start)
    }

    private func draft(_ id: String, on node: String = "n1", in network: String = "front") -> TaskRecord {
        TaskRecord(
            id: id, now: Fixture.start, container: id, nodeID: node, network: network, aliases: ["db"], nameservers: ["9.9.9.9"])
    }

    private mutating func attach(_ id: String, on node: String = "n1", _ address: String? = nil) throws -> TaskRecord {
        try leader.attach(draft(id, on: node), address: address.flatMap { IPv4Address($0) }, now: Fixture.start)
    }

    private mutating func decide() -> [Change] { leader.decide(now: Fixture.start) }

    @Test mutating func aContainerHasAnAddressAndItsNodeToo() throws {
        let task = try attach("box")
        #expect(task.networks == [.init(networkID: "front", addresses: ["10.0.1.2/29"], aliases: ["db"])])
        #expect(task.status.state == .assigned && task.nodeID == "n1" && task.isAttachment)
        let changes = decide()
        #expect(
            changes == [
                .peer(NetworkPeer(networkID: "front", nodeID: "n1", address: "10.0.1.3/29")), .create(task),
            ])
        #expect(decide() == [], "all is told once")
        let endpoint = EndpointAssignment(task, task.networks[0], on: nil)
        #expect(endpoint.taskName == "box" && endpoint.serviceID == "" && endpoint.nameservers == ["9.9.9.9"])
    }

    @Test mutating func anAddressThatIsAskedForIsHadOrRefused() throws {
        #expect(try attach("one", "10.0.1.5").networks[0].addresses == ["10.0.1.5/29"])
        for (address, text) in [
            ("10.0.1.5", "Address already in use: somebody has 10.0.1.5 in network front"),
            ("10.0.1.1", "Address already in use: somebody has 10.0.1.1 in network front"),
            ("10.0.2.5", "invalid address 10.0.2.5: it is none of a host in the subnet 10.0.1.0/29 of network front"),
            ("10.0.1.7", "invalid address 10.0.1.7: it is none of a host in the subnet 10.0.1.0/29 of network front"),
        ] {
            let error = #expect(throws: APIError.self) { try attach("two", address) }
            #expect(error == .remote(.failedPrecondition, text))
        }
        // Of six, the gateway, the node and one container have three.
        for id in ["a", "b", "c"] { _ = try attach(id) }
        let error = #expect(throws: APIError.self) { try attach("d") }
        #expect(error?.message.contains("could not find an available IP in network front") == true)
        #expect(decide().count == 5, "nothing is left of what was refused")
    }

    @Test mutating func whatIsGivenBackIsFreeAndTheNodeLeavesWithItsLast() throws {
        var first = try attach("one")
        _ = try attach("two")
        _ = decide()
        first.status = TaskRecord.Status(state: .shutdown, timestamp: Fixture.start, message: "")
        leader.put(first, now: Fixture.start)
        #expect(decide() == [.deleteTask("one")])
        #expect(try attach("three", "10.0.1.2").networks[0].addresses == ["10.0.1.2/29"])
        _ = decide()
        // Not by another node.
        leader.detach("two", from: "n2")
        #expect(decide() == [])
        leader.detach(nil, from: "n1")
        #expect(decide() == [.deleteTask("three"), .deleteTask("two"), .removePeer(network: "front", node: "n1")])
    }

    @Test mutating func nothingStaysOfANodeThatIsRemoved() throws {
        let task = try attach("one", on: "n2")
        _ = decide()
        leader.removeNode("n2")
        #expect(decide().contains(.deleteTask("one")))
        #expect(throws: APIError.remote(.notFound, "node n2 not found")) { try attach("two", on: "n2") }
        // A leader that finds one in the store does not keep it either.
        var next = Orchestrator { "t" }
        next.put(Fixture.network("front", "10.0.1.0/29"))
        next.put(Fixture.node("n1"))
        next.put(task, now: Fixture.start)
        #expect(next.decide(now: Fixture.start).contains(.deleteTask("one")))
    }

    @Test mutating func containersHaveNoPartInWhereTasksGo() throws {
        for number in 1...3 { _ = try attach("c\(number)") }
        leader.put(Fixture.service("web", Fixture.replicated(2)))
        let nodes = decide().compactMap { if case .create(let task) = $0, !task.isAttachment { task.nodeID } else { nil } }
        #expect(Set(nodes) == ["n1", "n2"])
        // A drained node keeps them: people have put them there.
        leader.put(Fixture.node("n1", availability: .drain))
        #expect(!decide().contains { if case .update(let task) = $0 { task.isAttachment } else { false } })
    }
}
