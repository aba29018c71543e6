import DockerAPI
import SwarmModel
import Testing

@testable import Orchestration

/// One leader with a few nodes, whose tasks do what the test says.
struct Bench {
    var orchestrator: Orchestrator
    var service: Service
    var tasks: [String: TaskRecord] = [:]
    var now = Fixture.start

    init(_ service: Service, nodes: [String] = ["a", "b", "c"]) {
        var serial = 0
        orchestrator = Orchestrator {
            serial += 1
            return "t\(serial)"
        }
        self.service = service
        for node in nodes { orchestrator.put(Fixture.node(node)) }
        orchestrator.put(service)
        decide()
    }

    mutating func decide() { take(orchestrator.decide(now: now)) }

    mutating func take(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .create(let task), .update(let task): tasks[task.id] = task
            case .deleteTask(let id): tasks[id] = nil
            case .service(let changed): service = changed
            case .deleteService, .peer, .removePeer: break
            }
        }
    }

    /// An agent tells of a task.
    mutating func report(_ id: String, _ state: TaskState) {
        guard var task = tasks[id] else { return }
        task.status = TaskRecord.Status(state: state, timestamp: now, message: "")
        if state == .running { task.startedAt = now }
        tasks[id] = task
        orchestrator.put(task, now: now)
        decide()
    }

    /// Every task runs that is to, and those that are to stop have stopped.
    mutating func settle() {
        for _ in 0..<5 {
            for task in tasks.values.sorted(by: { $0.id < $1.id }) where !task.status.state.isTerminal && task.nodeID != nil {
                if task.desiredState > .running {
                    report(task.id, .shutdown)
                } else if task.desiredState == .running, task.status.state != .running {
                    report(task.id, .running)
                }
            }
        }
    }

    mutating func wait(_ time: Duration) {
        now = now + time
        decide()
    }

    mutating func update(_ change: (inout ServiceSpec) -> Void) {
        service.previousSpec = service.spec
        change(&service.spec)
        service.specVersion += 1
        service.updateStatus = nil
        orchestrator.put(service)
        decide()
    }

    func wanted(_ state: TaskState? = nil) -> [TaskRecord] {
        tasks.values.filter { $0.desiredState <= .complete && (state == nil || $0.status.state == state) }
            .sorted { ($0.slot ?? 0, $0.id) < ($1.slot ?? 0, $1.id) }
    }
}

@Suite struct OrchestratorTests {
    @Test func aServiceGetsItsTasksAndTheyTheirNodes() {
        let bench = Bench(Fixture.service("web", Fixture.replicated(3)))
        #expect(bench.wanted().map(\.slot) == [1, 2, 3])
        #expect(Set(bench.wanted().compactMap(\.nodeID)) == ["a", "b", "c"])
        #expect(bench.wanted().allSatisfy { $0.status.state == .assigned && $0.desiredState == .running })
    }

    /// An update fails and is rolled back in the same moment in which another of its tasks was made: each task is written once, or
    /// not at all.
    @Test func whatIsDecidedAtOnceNamesEachTaskOnce() {
        var service = Fixture.service("web", Fixture.replicated(4))
        service.spec.updateConfig = UpdateConfig(parallelism: 1, failureAction: "rollback", monitor: 5_000_000_000)
        var bench = Bench(service)
        bench.settle()
        var rounds = 0
        for round in 0..<40 {
            if round % 10 == 0 { bench.update { $0.taskTemplate.forceUpdate = UInt64(round + 1) } }
            for task in bench.wanted() where task.specVersion > 1 && !task.status.state.isTerminal && round % 3 == 0 {
                bench.orchestrator.put(failed(task, bench.now), now: bench.now)
            }
            bench.now = bench.now + .seconds(1)
            let changes = bench.orchestrator.decide(now: bench.now)
            #expect(Set(changes.map(\.id)).count == changes.count, "\(changes.map(\.id))")
            rounds += changes.isEmpty ? 0 : 1
            bench.take(changes)
            bench.settle()
        }
        #expect(rounds > 5)
    }

    private func failed(_ task: TaskRecord, _ now: Timestamp) -> TaskRecord {
        var task = task
        task.status = TaskRecord.Status(state: .failed, timestamp: now, message: "")
        return task
    }

    @Test func aTaskThatFailsIsFollowedByAnotherThatIsMadeReadyAndRunsAfterTheDelay() throws {
        var bench = Bench(Fixture.service("web", Fixture.replicated(1)))
        bench.settle()
        let first = try #require(bench.wanted().first)
        bench.report(first.id, .failed)
        let next = try #require(bench.wanted().first)
        #expect(next.id != first.id && next.slot == 1 && next.desiredState == .ready)
        #expect(bench.tasks[first.id]?.desiredState == .shutdown)
        bench.wait(.milliseconds(4900))
        #expect(bench.wanted().first?.desiredState == .ready)
        #expect(bench.orchestrator.wake == Fixture.start + .seconds(5))
        bench.wait(.milliseconds(100))
        #expect(bench.wanted().first?.desiredState == .running)
    }

    @Test(arguments: [
        ("none", TaskState.failed, 0), ("on-failure", .complete, 0), ("on-failure", .failed, 1), ("any", .complete, 1),
    ])
    func thePolicySaysWhetherThereIsAnother(_ condition: String, _ end: TaskState, _ expected: Int) throws {
        var bench = Bench(
            Fixture.service(
                "web", Fixture.replicated(1), TaskSpec(restartPolicy: RestartPolicy(condition: condition, delay: 0))))
        bench.settle()
        bench.report(try #require(bench.wanted().first).id, end)
        bench.wait(.seconds(100))
        #expect(bench.wanted().count == expected)
    }

    @Test func attemptsComeToAnEnd() {
        var bench = Bench(
            Fixture.service("web", Fixture.replicated(1), TaskSpec(restartPolicy: RestartPolicy(delay: 0, maxAttempts: 2))))
        for _ in 0..<10 {
            for task in bench.wanted() { bench.report(task.id, .failed) }
            bench.wait(.seconds(1))
        }
        #expect(bench.wanted().isEmpty)
        #expect(bench.tasks.count == 3)
    }

    @Test func anUpdateTakesOneSlotAfterTheOther() throws {
        var bench = Bench(Fixture.service("web", Fixture.replicated(3)))
        bench.settle()
        bench.update { $0.taskTemplate.container?.image = "nginx" }
        #expect(bench.service.updateStatus?.state == "updating")
        #expect(bench.wanted(.running).count == 2)
        let next = try #require(bench.wanted().first { $0.specVersion == 2 })
        // Not before the old one has ended.
        #expect(next.desiredState == .ready)
        for count in 1...3 {
            bench.settle()
            #expect(bench.wanted().count { $0.specVersion == 2 } >= count)
        }
        bench.settle()
        #expect(bench.wanted(.running).allSatisfy { $0.specVersion == 2 })
        #expect(bench.service.updateStatus?.state == "updating")
        bench.wait(.seconds(6))
        #expect(bench.service.updateStatus?.state == "completed")
        #expect(bench.service.updateStatus?.message == "update completed")
    }

    @Test func anUpdateThatFailsIsPausedAndNamesTheTask() throws {
        var bench = Bench(Fixture.service("web", Fixture.replicated(3)))
        bench.settle()
        bench.update { $0.taskTemplate.container?.image = "broken" }
        bench.report(try #require(bench.tasks.values.first { $0.desiredState == .shutdown }).id, .shutdown)
        let broken = try #require(bench.wanted().first { $0.specVersion == 2 })
        bench.report(broken.id, .failed)
        #expect(bench.service.updateStatus?.state == "paused")
        #expect(
            bench.service.updateStatus?.message == "update paused due to failure or early termination of task \(broken.id)")
        bench.wait(.seconds(60))
        #expect(bench.wanted(.running).count { $0.specVersion == 1 } == 2)
    }

    @Test func anUpdateThatFailsIsTakenBackWherePeopleWantThat() throws {
        var bench = Bench(Fixture.service("web", Fixture.replicated(2)))
        bench.settle()
        bench.update {
            $0.taskTemplate.container?.image = "broken"
            $0.updateConfig = UpdateConfig(parallelism: 1, failureAction: "rollback")
        }
        func endpoint(_ port: UInt32) -> SwarmService.Endpoint { .init(ports: [PortConfig(target: 80, published: port)]) }
        (bench.service.endpoint, bench.service.previousEndpoint) = (endpoint(8081), endpoint(8080))
        bench.orchestrator.put(bench.service)
        bench.report(try #require(bench.wanted().first { $0.specVersion == 2 }).id, .rejected)
        #expect(bench.service.updateStatus?.state == "rollback_started")
        #expect(bench.service.spec.taskTemplate.container?.image == "busybox")
        #expect(bench.service.previousSpec == nil)
        #expect(bench.service.endpoint == endpoint(8080) && bench.service.previousEndpoint == nil)
        for _ in 0..<4 {
            bench.settle()
            bench.wait(.seconds(6))
        }
        #expect(bench.service.updateStatus?.message == "rollback completed")
        #expect(bench.wanted(.running).map { $0.spec.container?.image } == ["busybox", "busybox"])
    }

    @Test func aServiceThatStartsFirstIsNeverShortOfTasksWhenItsNodeIsDrained() {
        var service = Fixture.service("web", Fixture.replicated(2))
        service.spec.updateConfig = UpdateConfig(parallelism: 1, order: "start-first")
        var bench = Bench(service, nodes: ["a", "b", "c"])
        bench.settle()
        let drained = bench.wanted().compactMap(\.nodeID)[0]
        bench.orchestrator.put(Fixture.node(drained, availability: .drain))
        bench.decide()
        #expect(bench.wanted(.running).count == 2)
        #expect(bench.wanted().count == 3)
        bench.settle()
        #expect(bench.wanted(.running).count == 2)
        #expect(!bench.wanted().compactMap(\.nodeID).contains(drained))
    }

    @Test func aNodeThatIsGoneLosesItsTasksAtOnce() {
        var bench = Bench(Fixture.service("web", Fixture.replicated(3)))
        bench.settle()
        bench.orchestrator.put(Fixture.node("a", state: .down))
        bench.decide()
        let moved = bench.wanted().filter { $0.status.state == .assigned }
        #expect(moved.count == 1 && moved[0].desiredState == .running && moved[0].nodeID != "a")
    }

    @Test func lessIsTakenFromTheFullestNode() {
        var bench = Bench(Fixture.service("web", Fixture.replicated(4)), nodes: ["a", "b"])
        bench.settle()
        bench.orchestrator.put(Fixture.node("c"))
        bench.update { $0.mode = Fixture.replicated(2) }
        #expect(bench.wanted().compactMap(\.nodeID).sorted() == ["a", "b"])
        bench.settle()
        #expect(bench.tasks.count == 2)
    }

    @Test func aGlobalServiceIsOnEveryNodeThatSuitsIt() {
        var service = Fixture.service("agent", ServiceMode(global: .init()))
        service.spec.taskTemplate.placement = Placement(constraints: ["node.labels.zone==east"])
        var bench = Bench(service, nodes: ["a"])
        #expect(bench.wanted().isEmpty)
        bench.orchestrator.put(Fixture.node("b", labels: ["zone": "east"]))
        bench.orchestrator.put(Fixture.node("c", labels: ["zone": "east"], availability: .pause))
        bench.decide()
        #expect(bench.wanted().map(\.nodeID) == ["b"])
        bench.orchestrator.put(Fixture.node("b", labels: ["zone": "west"]))
        bench.decide()
        #expect(bench.wanted().isEmpty)
    }

    @Test func aJobRunsSoManyAtOnceUntilAllAreDone() {
        var service = Fixture.service(
            "job", ServiceMode(replicatedJob: .init(maxConcurrent: 2, totalCompletions: 5)))
        service.jobIteration = 1
        var bench = Bench(service)
        var most = 0
        for _ in 0..<10 {
            let active = bench.wanted().filter { !$0.status.state.isTerminal }
            most = max(most, active.count)
            if let task = active.first { bench.report(task.id, .complete) }
        }
        #expect(most == 2)
        #expect(bench.wanted(.complete).map(\.slot) == [0, 1, 2, 3, 4])
    }

    @Test func aServiceThatIsRemovedGoesWhenItsTasksHave() {
        var bench = Bench(Fixture.service("web", Fixture.replicated(2)))
        bench.settle()
        bench.service.isRemoved = true
        bench.orchestrator.put(bench.service)
        bench.decide()
        #expect(bench.tasks.values.allSatisfy { $0.desiredState == .remove })
        bench.settle()
        #expect(bench.tasks.isEmpty)
    }

    @Test("a task that cannot even be made ready is followed by another after the restart delay, not at once")
    func rejectedWhileWaiting() {
        var bench = Bench(Fixture.service("web"))
        bench.report("t1", .rejected)
        #expect(bench.tasks.count == 2)
        for attempt in 2...3 {
            bench.report("t\(attempt)", .rejected)
            bench.wait(.seconds(4))
            #expect(bench.tasks.count == attempt)
            bench.wait(.seconds(1))
            #expect(bench.tasks.count == attempt + 1)
        }
    }

    @Test("a clock that is set back makes no object older, and nothing is done twice for it")
    func aClockIsSetBack() throws {
        var service = Fixture.service("web", Fixture.replicated(1))
        service.spec.updateConfig = UpdateConfig(order: "start-first")
        var bench = Bench(service)
        bench.settle()
        let old = try #require(bench.tasks.values.first)
        bench.now = bench.now + .seconds(-3600)
        var drained = Fixture.node(try #require(old.nodeID))
        drained.spec.availability = Availability.drain.rawValue
        bench.orchestrator.put(drained)
        for _ in 0..<5 {
            bench.decide()
            // The service is looked at again for any reason.
            bench.service.spec.labels = ["look": "\(bench.tasks.count)"]
            bench.orchestrator.put(bench.service)
            bench.now = bench.now + .seconds(1)
        }
        #expect(bench.tasks.count == 2, "one successor, not one each time")
        let new = try #require(bench.tasks.values.first { $0.id != old.id })
        #expect(new.createdAt > old.createdAt)
        bench.report(new.id, .running)
        #expect(bench.tasks[old.id]?.desiredState == .shutdown)
        #expect(bench.tasks[old.id]?.updatedAt == old.updatedAt)
        bench.service.specVersion += 1
        bench.service.spec.taskTemplate.forceUpdate = 1
        bench.orchestrator.put(bench.service)
        bench.decide()
        #expect(bench.service.updatedAt == service.updatedAt)
    }
}
