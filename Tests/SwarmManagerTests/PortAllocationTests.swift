import DockerAPI
import SwarmModel
import SwarmStore
import Testing

@testable import SwarmManager

/// Who gets which published port.
@Suite struct PortAllocationTests {
    private let bed = ControlBed()

    private func published(_ name: String, in bed: ControlBed? = nil) async throws -> [UInt32] {
        try await (bed ?? self.bed).control.service(name).endpoint?.ports?.map { $0.published ?? 0 } ?? []
    }

    private func inUse(_ port: Int, _ name: String, _ id: String, _ kind: String) -> APIError {
        APIError(
            400,
            "rpc error: code = InvalidArgument desc = port '\(port)' is already in use by service '\(name)' (\(id)) as \(kind) port"
        )
    }

    @Test func aPortOfTheRoutingMeshBelongsToOneService() async throws {
        let id = try await bed.create("a", ControlBed.publish(ControlBed.port(8080)))
        let refused = inUse(8080, "a", id, "an ingress")
        #expect(await refusal { try await bed.create("b", ControlBed.publish(ControlBed.port(8080))) } == refused)
        #expect(
            await refusal { try await bed.create("b", ControlBed.publish(ControlBed.port(8080, mode: "host"))) } == refused)
        try await bed.create("b", ControlBed.publish(ControlBed.port(8080, transport: "udp")))
        #expect(
            await refusal { try await bed.update("b") { ControlBed.publish(ControlBed.port(8080))(&$0) } } == refused)
    }

    @Test func portsOfNodesMayBeTheSame() async throws {
        let id = try await bed.create("a", ControlBed.publish(ControlBed.port(8080, mode: "host")))
        try await bed.create("b", ControlBed.publish(ControlBed.port(8080, mode: "host")))
        let refused = await refusal { try await bed.create("c", ControlBed.publish(ControlBed.port(8080))) }
        let other = try await bed.control.service("b").id
        #expect(refused == inUse(8080, "a", id, "a host-published") || refused == inUse(8080, "b", other, "a host-published"))
        // The node chooses where nobody else does.
        try await bed.create("d", ControlBed.publish(ControlBed.port(nil, mode: "host")))
        #expect(try await published("d") == [0])
    }

    @Test func portsThatNobodyNamesAreChosen() async throws {
        try await bed.create("a", ControlBed.publish(ControlBed.port(nil), ControlBed.port(nil, to: 81)))
        try await bed.create("b", ControlBed.publish(ControlBed.port(nil), ControlBed.port(nil, transport: "udp")))
        let (a, b) = (try await published("a"), try await published("b"))
        #expect(Set(a + [b[0]]).count == 3)
        #expect((a + b).allSatisfy { (30_000...32_767).contains($0) })
        // What is chosen is no part of the spec.
        #expect(try await bed.control.service("a").spec.endpoint?.ports?.map(\.published) == [nil, nil])
        // A name for one that was chosen is refused like any other.
        #expect(await refusal { try await bed.create("c", ControlBed.publish(ControlBed.port(a[0]))) }?.status == 400)
    }

    @Test func aServiceKeepsThePortsThatWereChosenForIt() async throws {
        try await bed.create("a", ControlBed.publish(ControlBed.port(nil), ControlBed.port(nil, to: 81)))
        let before = try await published("a")
        try await bed.update("a") { $0.taskTemplate.container?.image = "other" }
        #expect(try await published("a") == before)
        // Also when they come in another order, and when one goes.
        try await bed.update("a", ControlBed.publish(ControlBed.port(nil, to: 81), ControlBed.port(nil)))
        #expect(try await published("a") == before.reversed())
        try await bed.update("a", ControlBed.publish(ControlBed.port(nil, to: 81)))
        #expect(try await published("a") == [before[1]])
        // Others get what is free.
        try await bed.create("b", ControlBed.publish(ControlBed.port(nil)))
        #expect(try await published("b") == [before[0]])
    }

    @Test func aChosenPortGivesWayToTheSamePortByName() async throws {
        try await bed.create("a", ControlBed.publish(ControlBed.port(nil)))
        try await bed.update("a", ControlBed.publish(ControlBed.port(nil), ControlBed.port(30_000, to: 81)))
        let ports = try await published("a")
        #expect(ports[1] == 30_000 && ports[0] != 30_000)
    }

    @Test func aRollbackGivesThePortsBackUnlessTheyAreTaken() async throws {
        try await bed.create("a", ControlBed.publish(ControlBed.port(8080)))
        try await bed.update("a", ControlBed.publish(ControlBed.port(8081)))
        let id = try await bed.create("b", ControlBed.publish(ControlBed.port(8080)))
        #expect(await refusal { try await bed.update("a", isRollback: true) } == inUse(8080, "b", id, "an ingress"))
        try await bed.control.removeService("b")
        try await bed.update("a", isRollback: true)
        #expect(try await published("a") == [8080])
    }

    @Test func aPortThatAFailedUpdateWouldTakeBackIsKeptForIt() async throws {
        let id = try await bed.create("a") {
            $0.updateConfig = UpdateConfig(failureAction: "rollback")
            $0.endpoint = EndpointSpec(ports: [ControlBed.port(8080)])
        }
        try await bed.update("a", ControlBed.publish(ControlBed.port(8081)))
        #expect(
            await refusal { try await bed.create("b", ControlBed.publish(ControlBed.port(8080))) }
                == inUse(8080, "a", id, "an ingress"))
        // Until the update is over.
        var service = try #require(try await bed.objects.service(id)).value
        service.updateStatus = SwarmService.UpdateStatus(state: "completed")
        try await bed.put(service)
        try await bed.create("b", ControlBed.publish(ControlBed.port(8080)))
    }

    @Test func aRollbackBringsBackThePortsThatWereChosen() async throws {
        try await bed.create("a", ControlBed.publish(ControlBed.port(nil)))
        let chosen = try await published("a")
        try await bed.update("a") { $0.endpoint = nil }
        #expect(try await published("a") == [])
        try await bed.update("a", isRollback: true)
        #expect(try await published("a") == chosen)
    }

    @Test func whenNoneIsLeftItIsSaid() async throws {
        let all = PortAllocation.dynamic.map { ControlBed.port($0) }
        try await bed.create("all") { $0.endpoint = EndpointSpec(ports: all) }
        #expect(await refusal { try await bed.create("b", ControlBed.publish(ControlBed.port(nil))) }?.status == 400)
        try await bed.create("c", ControlBed.publish(ControlBed.port(nil, transport: "sctp")))
    }

    @Test func twoManagersNeverGiveOnePortTwice() async throws {
        // Another manager creates a service between reading and writing, three times over.
        let store = InterruptedStore()
        let bed = ControlBed(store)
        for number in 1...3 {
            store.interrupt { base in
                try await ControlBed(base).create("other\(number)", ControlBed.publish(ControlBed.port(nil)))
            }
        }
        try await bed.create("mine", ControlBed.publish(ControlBed.port(nil)))
        #expect(try await published("mine", in: bed) == [30_003])
        // And where both name the same port, one is refused.
        store.interrupt { base in try await ControlBed(base).create("first", ControlBed.publish(ControlBed.port(80))) }
        let refused = await refusal { try await bed.create("second", ControlBed.publish(ControlBed.port(80))) }
        let id = try await bed.control.service("first").id
        #expect(refused == inUse(80, "first", id, "an ingress"))
    }

    @Test func manyAtOnceAllGetPortsOfTheirOwn() async throws {
        let bed = bed
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask { _ = try? await bed.create("s\(number)", ControlBed.publish(ControlBed.port(nil))) }
            }
        }
        let services = try await bed.control.services()
        let ports = services.flatMap { $0.endpoint?.ports ?? [] }.compactMap(\.published)
        #expect(services.count == 24)
        #expect(Set(ports).count == 24)
    }
}
