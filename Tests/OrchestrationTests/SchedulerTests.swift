import DockerAPI
import SwarmModel
import Testing

@testable import Orchestration

@Suite struct SchedulerTests {
    private func scheduler(_ nodes: [Node]) -> Scheduler {
        var scheduler = Scheduler()
        for node in nodes { scheduler.put(node) }
        return scheduler
    }

    /// How many tasks each node got; and the reasons why others got none.
    private func place(_ tasks: [TaskRecord], _ scheduler: inout Scheduler) -> (counts: [String: Int], reasons: [String]) {
        var counts: [String: Int] = [:]
        var reasons: [String] = []
        for decision in scheduler.place(tasks, now: Fixture.start) {
            switch decision {
            case .assigned(let task): counts[task.nodeID ?? "", default: 0] += 1
            case .impossible(_, let reason): reasons.append(reason)
            }
        }
        return (counts, reasons)
    }

    @Test func tasksAreSpreadEvenlyFirstOfTheServiceThenOfAll() {
        var scheduler = scheduler(["a", "b", "c"].map { Fixture.node($0) })
        #expect(place(Fixture.tasks(Fixture.service("one"), 7), &scheduler).counts.values.sorted() == [2, 2, 3])
        // The node with one more of the first service is the last to get one of the second.
        let second = place(Fixture.tasks(Fixture.service("two"), 2), &scheduler).counts
        #expect(second.values.sorted() == [1, 1])
        #expect(place(Fixture.tasks(Fixture.service("three"), 9), &scheduler).counts == ["a": 3, "b": 3, "c": 3])
    }

    @Test func aServiceMayAskToBePackedSoThatOtherNodesStayEmpty() {
        var scheduler = scheduler(["a", "b", "c"].map { Fixture.node($0, cpus: 4) })
        var template = TaskSpec()
        template.resources = ResourceRequirements(reservations: ResourceRequirements.Reservations(nanoCPUs: 1_000_000_000))
        var service = Fixture.service("one", Fixture.replicated(1), template)
        service.spec.labels = ["swarmlab.scheduling.strategy": "binpack"]
        #expect(place(Fixture.tasks(service, 3), &scheduler).counts.values.sorted() == [3])
        // The fullest first, then the next.
        var second = Fixture.service("two", Fixture.replicated(1), template)
        second.spec.labels = service.spec.labels
        #expect(place(Fixture.tasks(second, 3), &scheduler).counts.values.sorted() == [1, 2])
    }

    @Test func anAssignedTaskSaysSo() throws {
        var scheduler = scheduler([Fixture.node("a")])
        guard case .assigned(let task) = scheduler.place(Fixture.tasks(Fixture.service("s"), 1), now: Fixture.start).first else {
            Issue.record("the task has no node")
            return
        }
        #expect(task.status.state == .assigned)
        #expect(task.status.message == "scheduler assigned task to node")
        #expect(task.nodeID == "a")
    }

    @Test func nodesThatAreNotThereOrNotActiveGetNothing() {
        var scheduler = scheduler([
            Fixture.node("down", state: .down), Fixture.node("paused", availability: .pause),
            Fixture.node("drained", availability: .drain),
        ])
        let result = place(Fixture.tasks(Fixture.service("s"), 1), &scheduler)
        #expect(result.reasons == ["no suitable node (3 nodes not available for new tasks)"])
        scheduler.put(Fixture.node("paused"))
        #expect(place(Fixture.tasks(Fixture.service("s"), 1), &scheduler).counts == ["paused": 1])
    }

    @Test func reservationsAreKeptAndGivenBack() {
        var scheduler = scheduler([Fixture.node("a", cpus: 2), Fixture.node("b", cpus: 1)])
        let template = TaskSpec(
            resources: ResourceRequirements(reservations: .init(nanoCPUs: 1_000_000_000, memoryBytes: 1 << 20)))
        let tasks = Fixture.tasks(Fixture.service("s", Fixture.replicated(5), template), 5)
        let result = place(tasks, &scheduler)
        #expect(result.counts == ["a": 2, "b": 1])
        #expect(result.reasons == Array(repeating: "no suitable node (insufficient resources on 2 nodes)", count: 2))
        // A task that has ended gives back what it had.
        var ended = tasks[0]
        ended.nodeID = "a"
        ended.status.state = .failed
        scheduler.put(ended)
        #expect(place([tasks[3]], &scheduler).counts == ["a": 1])
    }

    @Test func namedResourcesAreGivenByName() {
        let gpus = ["g1", "g2"].map { GenericResource(named: .init(kind: "gpu", value: $0)) }
        var scheduler = scheduler([Fixture.node("a", generic: gpus)])
        let template = TaskSpec(
            resources: ResourceRequirements(
                reservations: .init(generic: [GenericResource(discrete: .init(kind: "gpu", value: 1))])))
        let tasks = Fixture.tasks(Fixture.service("s", Fixture.replicated(3), template), 3)
        let given = scheduler.place(tasks, now: Fixture.start).map { decision -> [GenericResource]? in
            if case .assigned(let task) = decision { task.generic } else { nil }
        }
        #expect(given == [[gpus[0]], [gpus[1]], nil])
    }

    @Test(arguments: [
        ("node.labels.zone==east", ["a", "b"]), ("node.labels.zone!=east", ["c", "d"]), ("node.id == b", ["b"]),
        ("node.hostname==HOST-C", ["c"]), ("node.platform.arch==amd64", ["a", "b", "c", "d"]),
        ("node.ip==10.0.0.0/24", ["a", "b", "c", "d"]), ("node.ip!=10.0.0.1", []), ("node.unknown==x", []),
        ("NODE.LABELS.zone==east", ["a", "b"]), ("node.labels.ZONE==east", []),
    ])
    func constraintsHold(_ constraint: String, _ expected: [String]) {
        var scheduler = scheduler([
            Fixture.node("a", labels: ["zone": "east"]), Fixture.node("b", labels: ["zone": "East"]),
            Fixture.node("c", labels: ["zone": "west"]), Fixture.node("d"),
        ])
        let template = TaskSpec(placement: Placement(constraints: [constraint]))
        let result = place(Fixture.tasks(Fixture.service("s", Fixture.replicated(8), template), 8), &scheduler)
        #expect(result.counts.keys.sorted() == expected)
        if expected.isEmpty {
            #expect(result.reasons.first == "no suitable node (scheduling constraints not satisfied on 4 nodes)")
        }
    }

    @Test(arguments: [
        ("node.role", "constraint expected one operator from ==, !="), ("==x", "key '' is invalid"),
        ("node role==x", "key 'node role' is invalid"), ("node.role==", "value '' is invalid"),
        ("node.role==a;b", "value 'a;b' is invalid"),
    ])
    func malformedConstraintsAreRefused(_ text: String, _ message: String) {
        #expect(throws: Constraint.Malformed(description: message)) { try Constraint(text) }
    }

    @Test func aPreferenceDividesTasksByLabelWhateverTheNumberOfNodes() {
        var scheduler = scheduler(
            (1...6).map { Fixture.node("e\($0)", labels: ["zone": "east"]) } + [Fixture.node("w1", labels: ["zone": "west"])])
        let template = TaskSpec(placement: Placement(preferences: [.init(spread: .init(descriptor: "node.labels.zone"))]))
        let counts = place(Fixture.tasks(Fixture.service("s", Fixture.replicated(12), template), 12), &scheduler).counts
        #expect(counts["w1"] == 6)
        #expect((1...6).allSatisfy { counts["e\($0)"] == 1 })
    }

    @Test func aBranchThatIsFullLeavesTheRestToTheOthers() {
        var scheduler = scheduler([
            Fixture.node("e", labels: ["zone": "east"]), Fixture.node("w", labels: ["zone": "west"]),
        ])
        let template = TaskSpec(
            resources: ResourceRequirements(reservations: .init(nanoCPUs: 1_000_000_000)),
            placement: Placement(preferences: [.init(spread: .init(descriptor: "node.labels.zone"))]))
        scheduler.put(Fixture.node("w", cpus: 1, labels: ["zone": "west"]))
        let result = place(Fixture.tasks(Fixture.service("s", Fixture.replicated(6), template), 6), &scheduler)
        #expect(result.counts == ["e": 4, "w": 1])
        #expect(result.reasons == ["no suitable node (insufficient resources on 2 nodes)"])
    }

    @Test func aHostsPortIsOneTasksUntilThatHasEnded() {
        var scheduler = scheduler([Fixture.node("a"), Fixture.node("b")])
        var service = Fixture.service("s", Fixture.replicated(3))
        service.spec.endpoint = EndpointSpec(ports: [PortConfig(target: 80, published: 8080, publishMode: "host")])
        var tasks = Fixture.tasks(service, 3)
        let first = place(tasks, &scheduler)
        #expect(first.counts == ["a": 1, "b": 1])
        #expect(first.reasons == ["no suitable node (host-mode port already in use on 2 nodes)"])
        // One that is to stop has it still.
        tasks[0].nodeID = "a"
        tasks[0].desiredState = .shutdown
        scheduler.put(tasks[0])
        #expect(place([tasks[2]], &scheduler).counts == [:])
        tasks[0].status.state = .shutdown
        scheduler.put(tasks[0])
        #expect(place([tasks[2]], &scheduler).counts == ["a": 1])
    }

    @Test func noNodeHasMoreThanTheMostReplicas() {
        var scheduler = scheduler([Fixture.node("a"), Fixture.node("b", state: .down)])
        let template = TaskSpec(placement: Placement(maxReplicas: 2))
        let result = place(Fixture.tasks(Fixture.service("s", Fixture.replicated(3), template), 3), &scheduler)
        #expect(result.counts == ["a": 2])
        #expect(
            result.reasons == [
                "no suitable node (1 node not available for new tasks; max replicas per node limit exceed)"
            ])
    }

    @Test func aNodeWhereTheServiceKeepsFailingIsTheLastChoice() {
        var scheduler = scheduler([Fixture.node("a"), Fixture.node("b")])
        let service = Fixture.service("s")
        for count in 1...5 {
            var task = Fixture.tasks(service, 1)[0]
            task.id = "failed-\(count)"
            task.nodeID = "a"
            task.status.state = .failed
            scheduler.failed(task, now: Fixture.start)
        }
        #expect(place(Fixture.tasks(service, 3), &scheduler).counts == ["b": 3])
        let later = Fixture.start + .seconds(301)
        guard case .assigned(let task) = scheduler.place(Fixture.tasks(Fixture.service("s"), 1), now: later).first else {
            Issue.record("the task has no node")
            return
        }
        #expect(task.nodeID == "a")
    }

    @Test func aTaskThatBelongsToANodeIsConfirmedOrToldWhy() {
        var scheduler = scheduler([Fixture.node("a"), Fixture.node("b", availability: .pause)])
        let service = Fixture.service("g", ServiceMode(global: .init()))
        func task(_ node: String) -> TaskRecord {
            TaskRecord(id: "t-\(node)", now: Fixture.start, service: service, slot: nil, nodeID: node, desiredState: .running)
        }
        guard case .assigned(let confirmed) = scheduler.confirm(task("a"), now: Fixture.start) else {
            Issue.record("the task cannot run on its node")
            return
        }
        #expect(confirmed.status.message == "scheduler confirmed task can run on preassigned node")
        #expect(
            scheduler.confirm(task("b"), now: Fixture.start)
                == .impossible(task: "t-b", reason: "no suitable node (1 node not available for new tasks)"))
    }
}
