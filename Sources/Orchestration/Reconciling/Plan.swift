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
    /// When the newest task of each slot was made.
    private lazy var newest = Dictionary(tasks.values.map { (Self.slot(of: $0), $0.createdAt) }, uniquingKeysWith: max)
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
        var task = TaskRecord(
            id: makeID(), now: now, service: service, slot: number, nodeID: node, desiredState: desired,
            startsAfter: startsAfter)
        // Who is the newest of a slot, and what belongs to an update, is told by these times: they follow each other also where the
        // clock was set back.
        if let former = newest[slot] { task.createdAt = max(task.createdAt, former + .nanoseconds(1)) }
        if let start = service.updateStatus?.startedAt { task.createdAt = max(task.createdAt, start) }
        task.touch(task.createdAt)
        newest[slot] = task.createdAt
        tasks[task.id] = task
        return task
    }

    /// Wants a task to be further than it was; never less far.
    mutating func desire(_ id: String, _ state: TaskState) {
        guard var task = tasks[id], task.desiredState < state else { return }
        task.desiredState = state
        task.touch(now)
        tasks[id] = task
    }

    mutating func reject(_ task: TaskRecord, message: String, error: String) {
        settle(task, .rejected, message: message, error: error)
    }

    mutating func orphan(_ task: TaskRecord, _ message: String) { settle(task, .orphaned, message: message) }

    private mutating func settle(_ task: TaskRecord, _ state: TaskState, message: String, error: String = "") {
        guard var task = tasks[task.id] else { return }
        task.enter(state, now: now, message: message, error: error)
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
            var changed = service
            changed.touch(now)
            changes.append(.service(changed))
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
