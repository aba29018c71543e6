import DockerAPI
import SwarmModel
import Testing

@testable import Orchestration

/// Who gets which address, and what becomes of tasks that get none.
@Suite struct NetworkAddressTests {
    private struct Bed {
        var leader: Orchestrator
        var tasks: [String: TaskRecord] = [:]
        var services: [String: Service] = [:]
        var peers: [String: String] = [:]
        var now = Fixture.start

        init(_ networks: [Network], nodes: Int = 2) {
            var serial = 0
            leader = Orchestrator {
                serial += 1
                return "t\(serial)"
            }
            for network in networks { leader.put(network) }
            for number in 1...nodes { leader.put(Fixture.node("n\(number)")) }
        }

        mutating func decide() {
            repeat {
                for change in leader.decide(now: now) {
                    switch change {
                    case .create(let task), .update(let task): tasks[task.id] = task
                    case .deleteTask(let id): tasks[id] = nil
                    case .service(let service): services[service.id] = service
                    case .deleteService(let id): services[id] = nil
                    case .peer(let peer): peers["\(peer.networkID)/\(peer.nodeID)"] = peer.address
                    case .removePeer(let network, let node): peers["\(network)/\(node)"] = nil
                    }
                }
            } while leader.wake.map { $0 <= now } ?? false
        }

        mutating func end(_ id: String, _ state: TaskState) {
            tasks[id]?.status = TaskRecord.Status(state: state, timestamp: now, message: "")
            if let task = tasks[id] { leader.put(task, now: now) }
            decide()
        }

        func addresses(in network: String) -> [String] {
            tasks.values.sorted { ($0.slot ?? 0) < ($1.slot ?? 0) }
                .compactMap { $0.networks.first { $0.networkID == network }?.addresses.first }
        }
    }

    private func service(_ count: UInt64, _ networks: String..., endpoint: EndpointSpec? = nil) -> Service {
        var service = Fixture.service("web", Fixture.replicated(count))
        service.spec.taskTemplate.networks = networks.map { NetworkAttachmentConfig(target: $0, aliases: ["www"]) }
        service.spec.endpoint = endpoint
        return service
    }

    @Test func aServiceAnAddressForItselfForEachTaskAndForEachNode() throws {
        var bed = Bed([Fixture.network("front", "10.0.1.0/24")])
        bed.leader.put(service(2, "front"))
        bed.decide()
        #expect(bed.services["web"]?.endpoint?.virtualIPs == [.init(networkID: "front", address: "10.0.1.2/24")])
        #expect(bed.addresses(in: "front") == ["10.0.1.3/24", "10.0.1.5/24"])
        #expect(bed.peers == ["front/n1": "10.0.1.4/24", "front/n2": "10.0.1.6/24"])
        #expect(bed.tasks.values.allSatisfy { $0.status.state == .assigned && $0.networks.first?.aliases == ["www"] })
    }

    @Test func allNodesAreInTheMeshAndServicesWhosePortsItCarries() {
        var bed = Bed(Fixture.networks, nodes: 3)
        bed.leader.put(service(1, "front", endpoint: Fixture.published))
        bed.decide()
        #expect(bed.peers.keys.filter { $0.hasPrefix("ingress/") }.count == 3)
        #expect(bed.services["web"]?.endpoint?.virtualIPs?.map(\.networkID) == ["front", "ingress"])
        #expect(bed.tasks.values.first?.networks.map(\.networkID) == ["front", "ingress"])
    }

    @Test func withoutAVirtualAddressTasksHaveTheirOwnAllTheSame() {
        var bed = Bed([Fixture.network("front", "10.0.1.0/24")])
        var service = service(1, "front", endpoint: EndpointSpec(mode: "dnsrr"))
        bed.leader.put(service)
        bed.decide()
        #expect(bed.services["web"]?.endpoint?.virtualIPs == nil && bed.addresses(in: "front").count == 1)
        // It gets one, and loses it, with the mode.
        service.spec.endpoint = EndpointSpec(mode: "vip")
        service.specVersion += 1
        bed.leader.put(service)
        bed.decide()
        #expect(bed.services["web"]?.endpoint?.virtualIPs?.count == 1)
        var back = bed.services["web"] ?? service
        back.spec.endpoint = EndpointSpec(mode: "dnsrr")
        back.specVersion += 1
        bed.leader.put(back)
        bed.decide()
        #expect(bed.services["web"]?.endpoint?.virtualIPs == nil)
    }

    /// Of six addresses, or of 254, three are the gateway's, the service's and the node's.
    @Test(arguments: [("10.0.1.0/29", 3), ("10.0.1.0/24", 251)])
    func whoFindsNoAddressWaitsAndSaysSo(_ subnet: String, _ room: Int) throws {
        var bed = Bed([Fixture.network("tiny", subnet)], nodes: 1)
        bed.leader.put(service(UInt64(room + 2), "tiny"))
        bed.decide()
        let waiting = bed.tasks.values.filter { $0.status.state == .pending }
        #expect(bed.tasks.values.count { $0.status.state == .assigned } == room && waiting.count == 2)
        #expect(
            waiting.allSatisfy {
                $0.status.error
                    == "could not find an available IP in network tiny (\(subnet)): use a network with a larger subnet"
                    && $0.networks.isEmpty && $0.nodeID == nil
            })
        // One ends: another takes its place, and its address.
        let ended = try #require(bed.tasks.values.first { $0.status.state == .assigned })
        bed.end(ended.id, .failed)
        let placed = bed.tasks.values.filter { $0.status.state == .assigned }
        #expect(placed.count == room)
        #expect(placed.contains { $0.networks.first?.addresses == ended.networks.first?.addresses })
    }

    @Test func aServiceWithoutAnAddressGetsOneAsSoonAsThereIsOne() throws {
        var bed = Bed([Fixture.network("tiny", "10.0.1.0/29")], nodes: 1)
        bed.leader.put(service(4, "tiny"))
        bed.decide()
        var second = Fixture.service("late", Fixture.replicated(1))
        second.spec.taskTemplate.networks = Fixture.attachments("tiny")
        bed.leader.put(second)
        bed.decide()
        #expect(bed.services["late"]?.allocationError?.hasPrefix("could not find an available IP") == true)
        let task = try #require(bed.tasks.values.first { $0.serviceID == "late" })
        #expect(task.status.state == .pending && task.status.error == bed.services["late"]?.allocationError)
        var smaller = bed.services["web"] ?? service(4, "tiny")
        smaller.spec.mode = Fixture.replicated(1)
        smaller.specVersion += 1
        bed.leader.put(smaller)
        bed.decide()
        for task in bed.tasks.values where task.desiredState > .running && task.status.state == .assigned {
            bed.end(task.id, .shutdown)
        }
        #expect(bed.services["late"]?.allocationError == nil && bed.services["late"]?.endpoint?.virtualIPs?.count == 1)
        #expect(bed.tasks.values.first { $0.serviceID == "late" && $0.desiredState == .running }?.status.state == .assigned)
    }

    @Test func aNodeLeavesANetworkWithItsLastTask() throws {
        var bed = Bed(Fixture.networks, nodes: 2)
        bed.leader.put(service(2, "front"))
        bed.decide()
        #expect(Set(bed.peers.keys) == ["ingress/n1", "ingress/n2", "front/n1", "front/n2"])
        var removed = bed.services["web"] ?? service(2, "front")
        removed.isRemoved = true
        bed.leader.put(removed)
        bed.decide()
        #expect(bed.peers["front/n1"] != nil, "its task has not ended yet")
        for id in bed.tasks.keys.sorted() { bed.end(id, .shutdown) }
        #expect(Set(bed.peers.keys) == ["ingress/n1", "ingress/n2"] && bed.services.isEmpty)
        bed.leader.removeNode("n2")
        bed.decide()
        #expect(Set(bed.peers.keys) == ["ingress/n1"])
    }
}
