import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore
import Testing

@testable import SwarmManager

/// What people may do with services.
@Suite struct ServiceControlTests {
    private let bed = ControlBed()
    private var control: Control { bed.control }

    @Test func aServiceIsFoundByIDNameAndTheBeginningOfAnID() async throws {
        let id = try await bed.create("web")
        #expect(try await control.service("web").id == id)
        #expect(try await control.service(id).spec.name == "web")
        #expect(try await control.service(String(id.prefix(12))).id == id)
        #expect(await refusal { _ = try await control.service("we") } == APIError(404, "service we not found"))
        #expect(await refusal { _ = try await control.service("") } == APIError(404, "service  not found"))
        // A name goes before the beginning of another's ID.
        let other = try await bed.create(String(id.prefix(3)))
        #expect(try await control.service(String(id.prefix(3))).id == other)
    }

    @Test func aNameIsTakenOnlyOnceWhateverItsCase() async throws {
        try await bed.create("web")
        let taken = APIError(
            409, "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service web already exists")
        #expect(await refusal { try await bed.create("web") } == taken)
        #expect(await refusal { try await bed.create("WEB") }?.status == 409)
    }

    @Test func ofTwoThatTakeANameAtOnceOneGetsIt() async throws {
        let store = InterruptedStore()
        let bed = ControlBed(store)
        store.interrupt { base in try await ControlBed(base).create("web") }
        #expect(await refusal { try await bed.create("web") }?.status == 409)
        #expect(try await bed.control.services().count == 1)
    }

    @Test func aServiceWithoutANameGetsOne() async throws {
        let id = try await bed.control.createService(ControlBed.spec(nil)).id
        let name = try #require(try await control.services().first?.spec.name)
        #expect(name.split(separator: "_").count == 2)
        #expect(try await control.service(name).id == id)
    }

    @Test func aRemovedServiceIsFoundNowhereAndItsNameIsFree() async throws {
        let id = try await bed.create("web", ControlBed.publish(ControlBed.port(80)))
        try await control.removeService("web")
        #expect(try await control.services().isEmpty)
        #expect(await refusal { _ = try await control.service(id) } == APIError(404, "service \(id) not found"))
        #expect(await refusal { try await control.removeService("web") } == APIError(404, "service web not found"))
        // The leader still sees it, until its tasks have gone.
        #expect(try await bed.objects.service(id)?.value.isRemoved == true)
        // Name and port can be had again at once.
        let next = try await bed.create("web", ControlBed.publish(ControlBed.port(80)))
        #expect(next != id)
    }

    @Test func anUpdateKeepsWhatWasBeforeAndCounts() async throws {
        let id = try await bed.create("web")
        try await bed.update("web") { $0.taskTemplate.container?.image = "nginx:2" }
        let shown = try await control.service("web")
        #expect(shown.spec.taskTemplate.container?.image == "nginx:2")
        #expect(shown.previousSpec?.taskTemplate.container?.image == "nginx")
        let service = try #require(try await bed.objects.service(id)).value
        #expect((service.specVersion, service.previousSpecVersion) == (2, 1))
    }

    @Test func anUpdateFromAnOldVersionIsRefused() async throws {
        try await bed.create("web")
        let old = try await control.service("web")
        try await bed.update("web") { $0.labels = ["a": "b"] }
        let late = await refusal {
            try await control.updateService("web", ServiceUpdate(version: old.version.index, spec: old.spec))
        }
        #expect(late == APIError(500, "rpc error: code = Unknown desc = update out of sequence"))
        #expect(try await control.service("web").spec.labels == ["a": "b"])
    }

    @Test func anUpdateThatComesSecondIsRefusedThoughItHasReadTheSameVersion() async throws {
        let store = InterruptedStore({ _ in })
        let bed = ControlBed(store)
        try await bed.create("web")
        store.interrupt { base in try await ControlBed(base).update("web") { $0.labels = ["first": ""] } }
        #expect(await refusal { try await bed.update("web") { $0.labels = ["second": ""] } } == .outOfSequence)
        #expect(try await bed.control.service("web").spec.labels == ["first": ""])
    }

    @Test func aRollbackExchangesTheSpecsAndSaysSo() async throws {
        let id = try await bed.create("web") { $0.taskTemplate.container?.image = "one" }
        #expect(
            await refusal { try await bed.update("web", isRollback: true) }
                == APIError(
                    400, "rpc error: code = FailedPrecondition desc = service \(id) does not have a previous spec"))
        try await bed.update("web") { $0.taskTemplate.container?.image = "two" }
        #expect(try await control.service("web").updateStatus == nil)
        try await bed.update("web", isRollback: true)
        var shown = try await control.service("web")
        #expect(shown.spec.taskTemplate.container?.image == "one")
        #expect(shown.previousSpec?.taskTemplate.container?.image == "two")
        #expect(shown.updateStatus?.state == "rollback_started")
        #expect(shown.updateStatus?.message == "manually requested rollback")
        #expect(shown.updateStatus?.startedAt == ControlBed.time)
        // Back again, by a number of its own, as tasks of both specs may be there.
        try await bed.update("web", isRollback: true)
        shown = try await control.service("web")
        #expect(shown.spec.taskTemplate.container?.image == "two")
        #expect(try await bed.objects.service(id)?.value.specVersion == 4)
    }

    @Test func credentialsFollowTheSpecAndAreNeverShown() async throws {
        let id = try await control.createService(ControlBed.spec("web"), registryAuth: "first").id ?? ""
        func stored() async throws -> [String?] {
            let service = try #require(try await bed.objects.service(id)).value
            return [service.registryAuth, service.previousRegistryAuth]
        }
        func update(_ auth: String, from source: ServiceUpdate.RegistryAuthSource = .spec, back: Bool = false) async throws {
            let present = try await control.service("web")
            try await control.updateService(
                "web",
                ServiceUpdate(
                    version: present.version.index, spec: present.spec, registryAuth: auth, registryAuthFrom: source,
                    isRollback: back))
        }
        #expect(
            await refusal { try await update("", from: .previousSpec) }
                == APIError(500, "service does not have a previous spec"))
        try await update("second")
        #expect(try await stored() == ["second", "first"])
        try await update("", from: .previousSpec)
        #expect(try await stored() == ["first", "second"])
        try await update("")
        #expect(try await stored() == ["first", "first"])
        try await update("third")
        try await update("", back: true)
        #expect(try await stored() == ["first", "third"])
        let shown = String(decoding: try JSONEncoder().encode(try await control.service("web")), as: UTF8.self)
        #expect(!shown.contains("first") && !shown.contains("third"))
    }

    @Test func aJobRunsAgainWithEachNewSpec() async throws {
        let id = try await bed.create("job") { $0.mode = ServiceMode(replicatedJob: .init(maxConcurrent: 3)) }
        #expect(try await control.service("job").jobStatus?.iteration.index == 0)
        #expect(try await control.service("job").spec.mode?.replicatedJob?.totalCompletions == 3)
        try await bed.update("job") { $0.taskTemplate.forceUpdate = 1 }
        #expect(try await control.service("job").jobStatus?.iteration.index == 1)
        try await bed.update("job")
        #expect(try await bed.objects.service(id)?.value.jobIteration == 1)
    }

    @Test func whatAClientSendsBackIsNoChangeOfTheTasks() async throws {
        let id = try await bed.create("web") { spec in
            spec.taskTemplate.container?.environment = ["A=b"]
            spec.taskTemplate.container?.mounts = [
                Mount(kind: "volume", source: "v", target: "/v"), Mount(kind: "tmpfs", target: "/t"),
            ]
            spec.taskTemplate.resources = ResourceRequirements()
            spec.endpoint = EndpointSpec(mode: "vip", ports: [ControlBed.port(80, transport: "tcp")])
        }
        let before = try #require(try await bed.objects.service(id)).value
        // The same in other words: what is empty is left out or put in.
        try await bed.update("web") { spec in
            spec.labels = nil
            spec.taskTemplate.container?.labels = [:]
            spec.taskTemplate.container?.command = []
            spec.taskTemplate.container?.dns = ContainerSpec.DNSConfig()
            spec.taskTemplate.container?.isolation = "default"
            spec.taskTemplate.container?.mounts?[0].readOnly = false
            spec.taskTemplate.container?.mounts?.reverse()
            spec.taskTemplate.container?.tty = false
            spec.taskTemplate.placement = Placement(constraints: [], maxReplicas: 0)
            spec.taskTemplate.resources = ResourceRequirements(limits: .init(nanoCPUs: 0), reservations: .init())
            spec.taskTemplate.forceUpdate = 0
            spec.endpoint?.ports?[0].publishMode = "ingress"
        }
        let after = try #require(try await bed.objects.service(id)).value
        #expect(after.spec.taskTemplate == before.spec.taskTemplate)
        #expect(after.spec.endpoint == before.spec.endpoint)
    }

    @Test func defaultsAreShownToThoseWhoAskForThem() async throws {
        try await bed.create("web")
        let plain = try await control.service("web").spec
        #expect(plain.updateConfig == nil && plain.taskTemplate.restartPolicy == nil)
        let spec = try await control.service("web", defaults: true).spec
        #expect(spec.updateConfig?.parallelism == 1 && spec.updateConfig?.monitor == 5_000_000_000)
        #expect(spec.rollbackConfig?.failureAction == "pause")
        #expect(spec.taskTemplate.restartPolicy?.delay == 5_000_000_000)
        #expect(spec.taskTemplate.container?.stopGracePeriod == 10_000_000_000)
    }
}
