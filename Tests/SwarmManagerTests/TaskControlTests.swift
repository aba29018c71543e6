import DockerAPI
import FoundationEssentials
import SwarmModel
import Testing

@testable import SwarmManager

/// What people see of tasks.
@Suite struct TaskControlTests {
    private let bed = ControlBed()

    /// A task of a service on a node.
    private func task(
        _ id: String, of service: String, slot: Int? = 1, on node: String? = "n1", _ state: TaskState = .running,
        desired: TaskState = .running, change: (inout TaskRecord) -> Void = { _ in }
    ) async throws {
        let owner = try await bed.control.service(service)
        let stored = try #require(try await bed.objects.service(owner.id)).value
        var task = TaskRecord(
            id: id, now: ControlBed.time, service: stored, slot: slot, nodeID: node, desiredState: desired)
        task.status.state = state
        change(&task)
        try await bed.put(task)
    }

    private func node(_ id: String, _ name: String, _ state: NodeState = .ready) async throws {
        var node = RolePlanTests.node(id, is: .worker, wanted: .worker)
        node.description.hostname = name
        node.state = state
        try await bed.put(node)
    }

    private func ids(_ filters: String) async throws -> [String] {
        try await bed.control.tasks(try Filters(filters)).map(\.id).sorted()
    }

    @Test func tasksAreFilteredAsInSwarmMode() async throws {
        let web = try await bed.create("web") { $0.labels = ["tier": "front"] }
        try await bed.create("db")
        try await node("n1", "alpha")
        try await node("n2", "beta")
        try await task("t1", of: "web")
        try await task("t2", of: "web", slot: 2, on: "n2", .failed, desired: .shutdown)
        try await task("u1", of: "db", on: "n2")
        for (filters, expected) in [
            ("", ["t1", "t2", "u1"]), (#"{"service":["web"]}"#, ["t1", "t2"]),
            (#"{"service":["\#(web.prefix(8))"]}"#, ["t1", "t2"]),
            (#"{"service":["web","db"],"node":["beta"]}"#, ["t2", "u1"]), (#"{"node":["n1"]}"#, ["t1"]),
            (#"{"id":["t"]}"#, ["t1", "t2"]), (#"{"name":["web.1"]}"#, ["t1"]), (#"{"name":["web"]}"#, ["t1", "t2"]),
            (#"{"label":["tier=front"]}"#, ["t1", "t2"]), (#"{"label":["tier=back"]}"#, []),
            (#"{"desired-state":["running"]}"#, ["t1", "u1"]),
            (#"{"desired-state":["Shutdown","running"]}"#, ["t1", "t2", "u1"]),
            (#"{"desired-state":["accepted"]}"#, []), (#"{"_up-to-date":["true"]}"#, ["t1", "t2", "u1"]),
            (#"{"runtime":["plugin"]}"#, []), (#"{"runtime":["container"]}"#, ["t1", "t2", "u1"]),
        ] {
            #expect(try await ids(filters) == expected, "\(filters)")
        }
        for (filters, error) in [
            (#"{"x":["y"]}"#, APIError(400, "invalid filter 'x'")),
            (#"{"desired-state":["x"]}"#, APIError(400, "Invalid desired-state filter: 'x'")),
            (#"{"service":["x"]}"#, APIError(404, "service x not found")),
            (#"{"node":["x"]}"#, APIError(404, "node x not found")),
        ] {
            #expect(await refusal { _ = try await ids(filters) } == error)
        }
    }

    @Test func tasksOfAnOldSpecAreNotUpToDate() async throws {
        try await bed.create("web")
        try await node("n1", "alpha")
        try await task("old", of: "web")
        try await bed.update("web") { $0.taskTemplate.container?.image = "other" }
        try await task("new", of: "web")
        #expect(try await ids(#"{"_up-to-date":["true"]}"#) == ["new"])
        // More of the same is no new spec for a task.
        try await bed.update("web") { $0.mode = ServiceMode(replicated: .init(replicas: 5)) }
        #expect(try await ids(#"{"_up-to-date":["true"]}"#) == ["new"])
    }

    @Test func aTaskIsNeverShownAsRunningOnANodeThatIsDown() async throws {
        try await bed.create("web") { $0.mode = ServiceMode(replicated: .init(replicas: 3)) }
        try await node("n1", "alpha")
        try await node("n2", "beta", .down)
        try await task("up", of: "web")
        try await task("down", of: "web", slot: 2, on: "n2", desired: .shutdown)
        try await task("lost", of: "web", slot: 3, on: "n3")
        try await task("ended", of: "web", slot: 2, on: "n2", .failed, desired: .shutdown)
        try await task("waits", of: "web", slot: 3, on: nil, .pending)
        let shown = Dictionary(uniqueKeysWithValues: try await bed.control.tasks(Filters()).map { ($0.id, $0) })
        #expect(
            shown.mapValues(\.status.state) == [
                "up": "running", "down": "orphaned", "lost": "orphaned", "ended": "failed", "waits": "pending",
            ])
        #expect(shown["down"]?.desiredState == "shutdown" && shown["lost"]?.desiredState == "running")
        #expect(try await bed.control.task("down").status.message == "the node is down")
        #expect(try await bed.control.services(counting: true).first?.serviceStatus?.running == 1)
        // It is back, and so is its task.
        try await node("n2", "beta")
        #expect(try await bed.control.task("down").status.state == "running")
    }

    @Test func runningTasksAreCountedAsInSwarmMode() async throws {
        try await bed.create("many") { $0.mode = ServiceMode(replicated: .init(replicas: 5)) }
        try await bed.create("all") { $0.mode = ServiceMode(global: .init()) }
        try await bed.create("job") { $0.mode = ServiceMode(replicatedJob: .init(maxConcurrent: 2, totalCompletions: 6)) }
        try await node("n1", "alpha")
        for slot in 1...3 { try await task("m\(slot)", of: "many", slot: slot) }
        try await task("m4", of: "many", slot: 4, .preparing)
        try await task("a1", of: "all", slot: nil)
        try await task("a2", of: "all", slot: nil, .starting)
        try await task("a3", of: "all", slot: nil, .shutdown, desired: .shutdown)
        try await task("j1", of: "job", slot: 0, .complete, desired: .complete)
        try await task("j2", of: "job", slot: 1, desired: .complete)
        try await task("j0", of: "job", slot: 0, .complete, desired: .remove) { $0.jobIteration = 9 }
        let services = try await bed.control.services(counting: true)
        let counts = Dictionary(uniqueKeysWithValues: services.map { ($0.spec.name ?? "", $0.serviceStatus) })
        #expect(counts["many"] == .init(running: 3, desired: 5))
        #expect(counts["all"] == .init(running: 1, desired: 2))
        #expect(counts["job"] == .init(running: 1, desired: 2, completed: 1))
        #expect(try await bed.control.services().allSatisfy { $0.serviceStatus == nil })
    }

    @Test func aTaskIsFoundByItsContainersName() async throws {
        try await bed.create("web")
        try await node("n1", "alpha")
        try await task("abc", of: "web")
        for name in ["abc", "ab", "web.1.abc"] { #expect(try await bed.control.task(name).id == "abc") }
        #expect(await refusal { _ = try await bed.control.task("web.1") } == APIError(404, "task web.1 not found"))
        let shown = try await bed.control.task("abc")
        #expect((shown.slot, shown.nodeID, shown.desiredState) == (1, "n1", "running"))
    }

    @Test("tasks whose texts JSON writes in another way are found all the same")
    func unusualTexts() async throws {
        let labels = ["path": "a/b", "quote": "a\"b", "plain": "running", "umlaut": "\u{e4}"]
        try await bed.create("web") { $0.labels = labels }
        try await task("t1", of: "web")
        try await task("t12", of: "web", desired: .shutdown)
        for (name, value) in labels {
            let filters = try Filters(#"{"label":["\#(name)"]}"#)
            #expect(try await bed.control.tasks(filters).count == 2, "\(name)")
            let text = String(decoding: try JSONEncoder().encode(["label": ["\(name)=\(value)"]]), as: UTF8.self)
            #expect(try await bed.control.tasks(try Filters(text)).count == 2, "\(name)=\(value)")
        }
        #expect(try await ids(#"{"desired-state":["running"]}"#) == ["t1"])
        #expect(try await ids(#"{"id":["t1","t12"]}"#) == ["t1", "t12"], "each once")
        #expect(try await bed.control.task("t1").id == "t1")
        #expect(try await bed.control.task("web.1.t12").id == "t12")
        #expect(await refusal { _ = try await bed.control.task("web.2.t12") } == APIError(404, "task web.2.t12 not found"))
        #expect(await refusal { _ = try await bed.control.task("") } == APIError(404, "task  not found"))
        try await task("t2", of: "web")
        #expect(await refusal { _ = try await bed.control.task("t") } == APIError(400, "task t is ambiguous (3 matches found)"))
    }
}
