import DockerAPI
import Logging
import SwarmModel
import SwarmRPC
import SwarmStore
import Testing

@testable import SwarmManager

/// What the leader makes of services and of what nodes report, on a store in memory.
@Suite struct OrchestrationLoopTests {
    private static let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)

    /// A leader, two nodes, and a service if there is one.
    private struct Leader {
        let objects = ClusterStore(InMemoryStore())
        let view: ClusterView
        let loop: OrchestrationLoop
        let work: Task<Void, any Error>

        init(_ service: Service?, tasks: [TaskRecord] = []) async throws {
            var transaction = Transaction()
            transaction.put("leader", .init())
            for id in ["n1", "n2"] { try transaction.put(OrchestrationLoopTests.node(id)) }
            if let service { try transaction.put(service) }
            for task in tasks { try transaction.put(task) }
            let fence = Fence(modRevision: try await objects.commit(transaction))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let view = ClusterView(objects.store, logger: logger)
            let loop = OrchestrationLoop(
                fence: fence, store: objects.store, view: view, now: { OrchestrationLoopTests.time }, logger: logger)
            self.view = view
            self.loop = loop
            work = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await view.run() }
                    group.addTask { try await loop.run() }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }

        func onlyTask() async throws -> TaskRecord { try await tasks { $0.count == 1 }[0] }

        /// Waits until the tasks in the store are as they should be; for ten seconds at most.
        @discardableResult
        func tasks(until isRight: ([TaskRecord]) -> Bool) async throws -> [TaskRecord] {
            for _ in 0..<1000 {
                let tasks = try await objects.tasks().map(\.value)
                if isRight(tasks) { return tasks }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw NeverCame(tasks: try await objects.tasks().map { "\($0.value.name) \($0.value.status.state)" })
        }
    }

    private struct NeverCame: Error { var tasks: [String] }

    private static func node(_ id: String) -> Node {
        var node = Node(
            id: id, now: time, role: .worker, availability: .active, address: "10.0.0.1", certificateExpiry: time)
        node.state = .ready
        node.description = SwarmNode.Description(
            hostname: id, platform: SwarmNode.Platform(architecture: "x86_64", os: "linux"),
            resources: SwarmNode.Resources(nanoCPUs: 4_000_000_000, memoryBytes: 8 << 30))
        return node
    }

    private static func service(replicas: UInt64) -> Service {
        Service(
            id: "web", now: time,
            spec: ServiceSpec(
                name: "web", taskTemplate: TaskSpec(container: ContainerSpec(image: "busybox")),
                mode: ServiceMode(replicated: ServiceMode.Replicated(replicas: replicas))))
    }

    private static func status(_ state: TaskState) -> TaskRecord.Status {
        TaskRecord.Status(state: state, timestamp: time, message: state.rawValue)
    }

    @Test func aServiceGetsTasksOnItsNodes() async throws {
        let leader = try await Leader(Self.service(replicas: 4))
        defer { leader.work.cancel() }
        let tasks = try await leader.tasks { $0.count == 4 }
        #expect(tasks.allSatisfy { $0.status.state == .assigned })
        #expect(Dictionary(grouping: tasks, by: { $0.nodeID ?? "" }).mapValues(\.count) == ["n1": 2, "n2": 2])
        #expect(leader.loop.board.tasks(of: "n1")?.count == 2)
    }

    @Test func whatANodeReportsIsWrittenDown() async throws {
        let leader = try await Leader(Self.service(replicas: 1))
        defer { leader.work.cancel() }
        let task = try await leader.onlyTask()
        leader.loop.reported([TaskReport(taskID: task.id, status: Self.status(.running))], by: task.nodeID ?? "")
        let running = try await leader.tasks { $0.first?.status.state == .running }
        #expect(running.first?.startedAt == Self.time)
        // Nothing of another node's, and nothing that leads back.
        let other = task.nodeID == "n1" ? "n2" : "n1"
        leader.loop.reported([TaskReport(taskID: task.id, status: Self.status(.failed))], by: other)
        leader.loop.reported([TaskReport(taskID: task.id, status: Self.status(.ready))], by: task.nodeID ?? "")
        leader.loop.reported([TaskReport(taskID: task.id, status: Self.status(.failed))], by: task.nodeID ?? "")
        let ended = try await leader.tasks { $0.contains { $0.status.state == .failed } }
        #expect(ended.count == 2, "a failed task is replaced")
    }

    @Test func aRemovedServiceGoesWithItsLastTask() async throws {
        let leader = try await Leader(Self.service(replicas: 1))
        defer { leader.work.cancel() }
        let task = try await leader.onlyTask()
        leader.loop.reported([TaskReport(taskID: task.id, status: Self.status(.running))], by: task.nodeID ?? "")
        try await leader.tasks { $0.first?.status.state == .running }
        let present = try #require(try await leader.objects.service("web"))
        var removed = present.value
        removed.isRemoved = true
        var transaction = Transaction()
        try transaction.put(removed)
        try await leader.objects.commit(transaction)
        try await leader.tasks { $0.first?.desiredState == .remove }
        #expect(try await leader.objects.service("web") != nil)
        leader.loop.reported([TaskReport(taskID: task.id, status: Self.status(.shutdown))], by: task.nodeID ?? "")
        try await leader.tasks(until: \.isEmpty)
        #expect(try await leader.objects.service("web") == nil)
        #expect(leader.loop.board.tasks(of: task.nodeID ?? "") == [])
    }

    /// Scaling up by ten while the leader writes how far it has come: neither write is lost.
    @Test func changesOfPeopleAndOfTheLeaderDoNotUndoEachOther() async throws {
        let leader = try await Leader(Self.service(replicas: 1))
        defer { leader.work.cancel() }
        try await leader.tasks { $0.count == 1 }
        for replicas in 2...10 {
            // As people do: again where the leader was faster.
            while true {
                let present = try #require(try await leader.objects.service("web"))
                var service = present.value
                service.previousSpec = service.spec
                service.spec.mode?.replicated?.replicas = UInt64(replicas)
                service.spec.taskTemplate.forceUpdate = UInt64(replicas)
                service.specVersion += 1
                service.updateStatus = nil
                var transaction = Transaction()
                transaction.require(StoreKey.service("web"), modRevision: present.version)
                try transaction.put(service)
                do {
                    try await leader.objects.commit(transaction)
                    break
                } catch is APIError {
                    continue
                }
            }
        }
        try await leader.tasks { tasks in Set(tasks.filter { $0.desiredState == .running }.compactMap(\.slot)).count == 10 }
        #expect(try await leader.objects.service("web")?.value.specVersion == 10)
    }

    @Test func whoLeadsNoMoreWritesNothing() async throws {
        let leader = try await Leader(nil)
        var transaction = Transaction()
        transaction.put("leader", .init([1]))
        try transaction.put(Self.service(replicas: 3))
        try await leader.objects.commit(transaction)
        await #expect(throws: StoreConflict.self) { try await leader.work.value }
        #expect(try await leader.objects.tasks().isEmpty)
    }

    @Test func aNewLeaderTakesUpTheTasksThatThereAre() async throws {
        let service = Self.service(replicas: 2)
        let known = (1...2).map { slot in
            var task = TaskRecord(
                id: "t\(slot)", now: Self.time, service: service, slot: slot, nodeID: "n\(slot)", desiredState: .running)
            task.status = Self.status(.running)
            return task
        }
        let leader = try await Leader(service, tasks: known)
        defer { leader.work.cancel() }
        for await _ in leader.loop.board.changes(of: "n1") where leader.loop.board.tasks(of: "n1") != nil { break }
        #expect(leader.loop.board.tasks(of: "n1")?.map(\.id) == ["t1"])
        #expect(try await leader.objects.tasks().map(\.value.id) == ["t1", "t2"])
    }

    // MARK: Plain containers in networks

    private static let front = Network(
        id: "front", now: time, spec: NetworkSpec(name: "front", isAttachable: true), vni: 4097,
        subnets: [.init(block: "10.0.1.0/24", gateway: "10.0.1.1")])

    private static func request(_ id: String, revision: UInt64 = 1) -> AttachmentRequest {
        AttachmentRequest(
            task: TaskRecord(
                id: id, now: time, container: "box", nodeID: "n1", network: "front", aliases: [], nameservers: []),
            address: nil, revision: revision)
    }

    @Test func aContainerHasItsPlaceOnceItIsWritten() async throws {
        let leader = try await Leader(nil)
        defer { leader.work.cancel() }
        // The leader hears of the network a moment after whoever asks for a place in it.
        var transaction = Transaction()
        try transaction.put(Self.front)
        let revision = try await leader.objects.commit(transaction)
        let task = try await leader.loop.attach(Self.request("t1", revision: revision))
        #expect(task.networks.first?.addresses == ["10.0.1.2/24"])
        #expect(try await leader.objects.task("t1")?.value == task)
        #expect(leader.loop.board.tasks(of: "n1")?.map(\.id) == ["t1"])
        #expect(try await leader.objects.entry(StoreKey.networkReferences) != nil)
        // Asked again, as after an answer that was lost.
        #expect(try await leader.loop.attach(Self.request("t1", revision: revision)).networks == task.networks)
        // In use, and free when it is given back.
        let control = ControlBed.control(leader.objects, at: Self.time)
        let inUse = await refusal { try await control.removeNetwork("front") }
        #expect(inUse == .remote(.failedPrecondition, "network front is in use by task t1"))
        let shown = try await control.task("t1")
        #expect(shown.spec.runtime == "attachment" && shown.serviceID == nil && shown.spec.attachment != nil)
        #expect(try await control.tasks(Filters()).isEmpty, "lists have only what services run")
        leader.loop.reported([TaskReport(taskID: "t1", status: Self.status(.shutdown))], by: "n1")
        try await leader.tasks(until: \.isEmpty)
        try await control.removeNetwork("front")
    }

    @Test func aNetworkThatIsGoneIsNotWaitedFor() async throws {
        let leader = try await Leader(nil)
        defer { leader.work.cancel() }
        let error = await refusal { _ = try await leader.loop.attach(Self.request("t1")) }
        #expect(error == .remote(.notFound, "network front not found"))
        #expect(try await leader.objects.tasks().isEmpty)
    }

    @Test func whoLeadsNoMoreAnswersNobody() async throws {
        let leader = try await Leader(nil)
        let waiting = Task { try await leader.loop.attach(Self.request("t1", revision: .max)) }
        try await Task.sleep(for: .milliseconds(50))
        leader.work.cancel()
        await #expect(throws: NotLeader.self) { try await waiting.value }
        _ = await leader.work.result
        await #expect(throws: NotLeader.self) { try await leader.loop.detach(nil, from: "n1") }
    }
}
