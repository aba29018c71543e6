import DockerAPI
import FoundationEssentials
import Logging
import NIOPosix
import SwarmModel
import SwarmRPC
import Synchronization

@testable import SwarmAgent

/// A worker before a fake engine, in a folder of its own.
final class WorkerBed: Sendable {
    static let node = String(repeating: "n", count: 25)
    let folder: String
    let engine: FakeEngine
    private let networks: any DataPlane
    private let current = Mutex<(worker: Worker, task: Task<Void, Never>)?>(nil)
    private let clock = Mutex(Int64(1_800_000_000_000_000_000))

    init(networks: any DataPlane = NoDataPlane()) throws {
        self.networks = networks
        folder = "/tmp/swarm-agent-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        engine = FakeEngine(path: folder + "/engine.sock")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs `body` with an engine and a worker that are there.
    static func with(
        networks: any DataPlane = NoDataPlane(), _ body: (WorkerBed) async throws -> Void
    ) async throws {
        let bed = try WorkerBed(networks: networks)
        try await bed.engine.start()
        bed.begin()
        do {
            try await body(bed)
        } catch {
            await bed.crash()
            await bed.engine.stop()
            throw error
        }
        await bed.crash()
        await bed.engine.stop()
    }

    var worker: Worker { current.withLock { $0! }.worker }

    /// Starts swarmd's part, as after a restart.
    func begin() {
        var configuration = Worker.Configuration(
            nodeID: Self.node, engineSocket: folder + "/engine.sock", stateDirectory: folder + "/state",
            runDirectory: "/dev/shm/" + folder.split(separator: "/").last!)
        configuration.pause = .milliseconds(20)
        let worker = Worker(
            configuration, networks: networks, group: .singletonMultiThreadedEventLoopGroup,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { [weak self] in self?.now() ?? Timestamp(nanoseconds: 0) }
        ) {
            SwarmNode.Description(
                hostname: "host-1", platform: SwarmNode.Platform(architecture: "x86_64", os: "linux"))
        }
        let task = Task { await worker.run() }
        current.withLock { $0 = (worker, task) }
    }

    /// Ends swarmd's part; the engine and its containers stay.
    func crash() async {
        guard let (_, task) = current.withLock({ $0 }) else { return }
        task.cancel()
        await task.value
    }

    private func now() -> Timestamp {
        clock.withLock {
            $0 += 1_000_000
            return Timestamp(nanoseconds: $0)
        }
    }

    func assign(_ tasks: TaskRecord..., data: [TaskData] = [], complete: Bool = false) async {
        var assignments = Assignments(isComplete: complete)
        assignments.tasks = tasks
        assignments.data = data
        await worker.take(assignments)
    }

    func withdraw(_ ids: String...) async {
        var assignments = Assignments(isComplete: false)
        assignments.removedTasks = ids
        await worker.take(assignments)
    }

    func status(of id: String) async -> TaskRecord.Status? { await worker.entries[id]?.task.status }

    /// Waits until a task is so.
    func wait(for id: String, _ state: TaskState) async throws -> TaskRecord.Status {
        try await wait("\(id) to be \(state)") {
            let status = await self.status(of: id)
            return status?.state == state ? status : nil
        }
    }

    func wait<Value>(_ what: String, for condition: () async -> Value?) async throws -> Value {
        try await Self.wait(what, for: condition)
    }

    @discardableResult
    static func wait<Value>(_ what: String, for condition: () async -> Value?) async throws -> Value {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let value = await condition() { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Unmet(description: "waited in vain for \(what)")
    }

    struct Unmet: Error, CustomStringConvertible { var description: String }
}

extension TaskRecord {
    /// A task with a valid ID, as the scheduler gives it to a node.
    static func sample(
        _ id: Character = "a", image: String = "busybox", desired: TaskState = .running,
        _ change: (inout ContainerSpec) -> Void = { _ in }
    ) -> TaskRecord {
        var container = ContainerSpec(image: image)
        change(&container)
        let service = Service(
            id: String(repeating: "s", count: 25), now: Timestamp(nanoseconds: 0),
            spec: ServiceSpec(name: "web", labels: ["tier": "front"], taskTemplate: TaskSpec(container: container)))
        var task = TaskRecord(
            id: String(repeating: id, count: 25), now: Timestamp(nanoseconds: 0), service: service, slot: 1,
            nodeID: WorkerBed.node,
            desiredState: desired)
        task.status = Status(
            state: .assigned, timestamp: Timestamp(nanoseconds: 0), message: "scheduler assigned task to node")
        return task
    }

    func with(desired: TaskState) -> TaskRecord {
        var task = self
        task.desiredState = desired
        return task
    }
}
