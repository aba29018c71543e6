import DockerAPI
import SwarmModel

/// What becomes of one service: its tasks as they are, and as they will be by the changes so far.
///
/// Everything is decided from the objects alone, which are in the store: a new leader goes on where the old one stopped, and what was
/// decided twice is decided the same.
struct Plan {
    var service: Service
    let nodes: [String: Node]
    let now: Timestamp
    private let makeID: () -> String
    private(set) var tasks: [String: TaskRecord]
    private var original: [String: TaskRecord]
    private let originalService: Service
    /// When to look again though nothing has changed.
    private(set) var wake: Timestamp?
    /// Whether the service goes as well.
    var isGone = false

    init(_ service: Service, tasks: [TaskRecord], nodes: [String: Node], now: Timestamp, makeID: @escaping () -> String) {
        self.service = service
        originalService = service
        self.nodes = nodes
        self.now = now
        self.makeID = makeID
        self.tasks = Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
        original = self.tasks
    }

    // MARK: - Slots

    /// What stands for one of the tasks that a service wants to have, whichever task that is at a time.
    enum Slot: Hashable, Comparable {
        case number(Int)
        case node(String)

        static func < (left: Slot, right: Slot) -> Bool {
            switch (left, right) {
            case (.number(let left), .number(let right)): left < right
            case (.node(let left), .node(let right)): left < right
            case (.number, .node): true
            case (.node, .number): false
            }
        }
    }

    static func slot(of task: TaskRecord) -> Slot { task.slot.map(Slot.number) ?? .node(task.nodeID ?? "") }

    /// The tasks of each slot, the newest last.
    var slots: [Slot: [TaskRecord]] {
        Dictionary(grouping: tasks.values, by: Self.slot)
            .mapValues { $0.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) } }
    }

    // MARK: - Changes

    @discardableResult
    mutating func create(_ slot: Slot, desired: TaskState = .running, startsAfter: Timestamp? = nil) -> TaskRecord {
        let (number, node): (Int?, String?) =
            switch slot {
            case .number(let number): (number, nil)
            case .node(let node): (nil, node)
            }
        let task = TaskRecord(
            id: makeID(), now: now, service: service, slot: number, nodeID: node, desiredState: desired,
            startsAfter: startsAfter)
        tasks[task.id] = task
        return task
    }

    /// Wants a task to be further than it was; never less far.
    mutating func desire(_ id: String, _ state: TaskState) {
        guard var task = tasks[id], task.desiredState < state else { return }
        task.desiredState = state
        task.updatedAt = now
        tasks[id] = task
    }

    mutating func reject(_ task: TaskRecord, message: String, error: String) {
        settle(task, .rejected, message: message, error: error)
    }

    mutating func orphan(_ task: TaskRecord, _ message: String) { settle(task, .orphaned, message: message) }

    private mutating func settle(_ task: TaskRecord, _ state: TaskState, message: String, error: String = "") {
        guard var task = tasks[task.id] else { return }
        task.status = TaskRecord.Status(
            state: state, timestamp: now, message: message, error: error, container: task.status.container)
        task.updatedAt = now
        tasks[task.id] = task
    }

    mutating func delete(_ id: String) { tasks[id] = nil }

    mutating func lookAgain(at time: Timestamp) { wake = wake.map { min($0, time) } ?? time }

    /// What has come of it, in an order that does not depend on chance.
    var changes: [Change] {
        var changes: [Change] = []
        for task in tasks.values.sorted(by: { ($0.slot ?? 0, $0.id) < ($1.slot ?? 0, $1.id) }) where task != original[task.id] {
            changes.append(original[task.id] == nil ? .create(task) : .update(task))
        }
        for id in original.keys.sorted() where tasks[id] == nil { changes.append(.deleteTask(id)) }
        if isGone {
            changes.append(.deleteService(service.id))
        } else if service != originalService {
            changes.append(.service(service))
        }
        return changes
    }
}

extension Node {
    /// Whether tasks on it may stay: a node that is paused or not heard of yet keeps them.
    var keepsTasks: Bool { state != .down && state != .disconnected && spec.availability != Availability.drain.rawValue }

    /// Whether it is gone, so that nobody need wait for what it does.
    var isGone: Bool { state == .down || state == .disconnected }
}
