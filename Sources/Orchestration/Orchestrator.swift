import DockerAPI
import SwarmModel

/// What the leader knows of services, tasks and nodes, and what it decides from that: pure, so that a whole swarm's life can be
/// tried out in one process.
///
/// It is told of each object that is there, changes or goes. `decide` then looks at the services that something has happened to, and
/// takes its own decisions for granted. Where they could not be carried out, it is to be made anew from what there is.
public struct Orchestrator {
    private var services: [String: Service] = [:]
    private(set) var tasks: [String: TaskRecord] = [:]
    private(set) var nodes: [String: Node] = [:]
    private var tasksByService: [String: Set<String>] = [:]
    private var scheduler = Scheduler()
    var book = NetworkBook()
    /// Services that could not be given all addresses.
    private var unallocated: Set<String> = []
    /// Services to look at.
    private var dirty: Set<String> = []
    /// Tasks that wait for a node.
    private var unplaced: Set<String> = []
    /// Whether something has happened that may give a place to those that found none.
    private var mayRetry = false
    private var wakes: [String: Timestamp] = [:]
    /// Places of containers in networks that were given out and are still to be told of, and those that are to go.
    var placed: [Change] = []
    var withdrawn: Set<String> = []
    /// How many ended tasks are kept of each slot; negative is all.
    public var history = 5
    private let makeID: () -> String

    /// - Parameter makeID: IDs of new tasks.
    public init(makeID: @escaping () -> String) { self.makeID = makeID }

    // MARK: - What there is

    public mutating func put(_ service: Service) {
        guard services[service.id] != service else { return }
        services[service.id] = service
        book.put(service)
        dirty.insert(service.id)
    }

    /// Networks come before what is in them.
    public mutating func put(_ network: Network) {
        book.put(network)
        mayRetry = true
    }

    public mutating func removeNetwork(_ id: String) { book.removeNetwork(id) }

    /// A node has its place in a network from before.
    public mutating func put(_ peer: NetworkPeer) { book.put(peer) }

    public mutating func removeService(_ id: String) {
        services[id] = nil
        wakes[id] = nil
        for task in tasksByService[id] ?? [] { removeTask(task) }
        tasksByService[id] = nil
        unallocated.remove(id)
        book.removeService(id)
    }

    public mutating func put(_ node: Node) {
        let old = nodes.updateValue(node, forKey: node.id)
        scheduler.put(node)
        if let old, old.isSame(for: node) { return }
        mayRetry = true
        dirty.formUnion(services.keys)
    }

    public mutating func removeNode(_ id: String) {
        nodes[id] = nil
        scheduler.removeNode(id)
        book.removeNode(id)
        dirty.formUnion(services.keys)
        for task in tasks.values where task.isAttachment && task.nodeID == id { withdrawn.insert(task.id) }
    }

    public mutating func put(_ task: TaskRecord, now: Timestamp) {
        let old = tasks[task.id]
        guard old != task else { return }
        if task.status.state.isTerminal, let old, !old.status.state.isTerminal {
            mayRetry = true
            if task.desiredState <= .running, task.status.state == .failed || task.status.state == .rejected {
                scheduler.failed(task, now: now)
            }
        }
        keep(task)
        if services[task.serviceID] != nil { dirty.insert(task.serviceID) }
        // Of a container that has gone, or whose node has, nothing is kept.
        if task.isAttachment, task.status.state.isTerminal || nodes[task.nodeID ?? ""] == nil { withdrawn.insert(task.id) }
    }

    public mutating func removeTask(_ id: String) {
        guard let task = tasks.removeValue(forKey: id) else { return }
        tasksByService[task.serviceID]?.remove(id)
        unplaced.remove(id)
        scheduler.removeTask(id)
        book.removeTask(id, on: task.nodeID)
        mayRetry = true
        if services[task.serviceID] != nil { dirty.insert(task.serviceID) }
    }

    mutating func keep(_ task: TaskRecord) {
        tasks[task.id] = task
        tasksByService[task.serviceID, default: []].insert(task.id)
        // A container that people have put where it is has no part in where tasks go.
        if !task.isAttachment { scheduler.put(task) }
        book.put(task)
        if task.status.state < .assigned, task.desiredState <= .complete {
            unplaced.insert(task.id)
        } else {
            unplaced.remove(task.id)
        }
    }

    // MARK: - Decisions

    /// When to decide again though nothing has happened.
    public var wake: Timestamp? {
        // An address has come back while others were being given out.
        book.hasReturned && !(unallocated.isEmpty && unplaced.isEmpty) || !withdrawn.isEmpty
            ? Timestamp(nanoseconds: 0) : wakes.values.min()
    }

    /// What is to change now.
    public mutating func decide(now: Timestamp) -> [Change] {
        var changes = placed
        placed = []
        for id in withdrawn.sorted() where tasks[id] != nil {
            apply(.deleteTask(id))
            changes.append(.deleteTask(id))
        }
        withdrawn = []
        for (id, time) in wakes where time <= now { dirty.insert(id) }
        if book.hasReturned {
            dirty.formUnion(unallocated)
            mayRetry = true
            book.hasReturned = false
        }
        changes += book.placingInIngress(nodes.keys).map(Change.peer)
        var order = dirty.sorted()
        while let id = order.popLast() {
            dirty.remove(id)
            wakes[id] = nil
            guard var service = services[id] else { continue }
            if let allocated = book.allocating(service) {
                service = allocated
                service.touch(now)
                services[id] = service
                changes.append(.service(service))
                mayRetry = true
            }
            if service.allocationError == nil { unallocated.remove(id) } else { unallocated.insert(id) }
            var plan = Plan(
                service, tasks: (tasksByService[id] ?? []).compactMap { tasks[$0] }, nodes: nodes, now: now, makeID: makeID)
            plan.reconcile(history: history)
            wakes[id] = plan.wake
            for change in plan.changes {
                apply(change)
                changes.append(change)
                // A rollback is a new spec: what follows from that is decided at once.
                if case .service(let changed) = change, changed.specVersion != service.specVersion { order.append(id) }
            }
        }
        changes += place(now: now)
        return merged(changes + book.leaving())
    }

    private mutating func apply(_ change: Change) {
        switch change {
        case .create(let task), .update(let task):
            keep(task)
            if task.status.state.isTerminal { mayRetry = true }
        case .deleteTask(let id):
            guard let task = tasks.removeValue(forKey: id) else { return }
            tasksByService[task.serviceID]?.remove(id)
            unplaced.remove(id)
            scheduler.removeTask(id)
            book.removeTask(id, on: task.nodeID)
        case .service(let service): services[service.id] = service
        case .deleteService(let id): removeService(id)
        case .peer, .removePeer: break
        }
    }

    /// Finds nodes for the tasks that have none.
    private mutating func place(now: Timestamp) -> [Change] {
        let waiting = unplaced.compactMap { tasks[$0] }.filter { mayRetry || $0.status.error.isEmpty }
            .sorted { ($0.serviceID, $0.slot ?? 0, $0.id) < ($1.serviceID, $1.slot ?? 0, $1.id) }
        mayRetry = false
        guard !waiting.isEmpty else { return [] }
        var changes: [Change] = []
        var ready: [TaskRecord] = []
        for task in waiting {
            if let error = services[task.serviceID]?.allocationError {
                wait(task.id, error, now: now, &changes)
            } else {
                ready.append(task)
            }
        }
        let groups = Dictionary(grouping: ready) { [$0.serviceID, String($0.specVersion), $0.nodeID == nil ? "" : $0.id] }
        for (_, group) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let group = group.sorted { ($0.slot ?? 0, $0.id) < ($1.slot ?? 0, $1.id) }
            let decisions =
                group[0].nodeID == nil ? scheduler.place(group, now: now) : [scheduler.confirm(group[0], now: now)]
            for decision in decisions {
                switch decision {
                case .assigned(let task): assign(task, now: now, &changes)
                case .impossible(let id, let reason): wait(id, reason, now: now, &changes)
                }
            }
        }
        return changes
    }

    /// Takes down why a task has no node.
    private mutating func wait(_ id: String, _ reason: String, now: Timestamp, _ changes: inout [Change]) {
        guard var task = tasks[id], task.status.error != reason || task.status.state == .new else { return }
        task.enter(.pending, now: now, message: "pending task scheduling", error: reason)
        keep(task)
        changes.append(.update(task))
    }

    /// Lets a task have the node that was found for it, if there are addresses in its networks for it and for the node. One that waits
    /// has none: it would keep others from running.
    private mutating func assign(_ task: TaskRecord, now: Timestamp, _ changes: inout [Change]) {
        do throws(NetworkBook.Refusal) {
            let (attached, peers) = try book.attaching(task)
            keep(attached)
            changes += peers.map(Change.peer)
            changes.append(.update(attached))
        } catch {
            scheduler.removeTask(task.id)
            if let old = tasks[task.id] { scheduler.put(old) }
            wait(task.id, error.reason, now: now, &changes)
        }
    }

    /// One change for each object: a task that is made and placed at once is only made, and what comes and goes at once was never
    /// there.
    private func merged(_ changes: [Change]) -> [Change] {
        var result: [Change?] = []
        var places: [String: Int] = [:]
        for change in changes {
            let place = places[change.id]
            switch (change, place.flatMap { result[$0] }) {
            case (.update(let task), .create): result[place ?? 0] = .create(task)
            case (.update, .update), (.service, .service): result[place ?? 0] = change
            case (.deleteTask, .create):
                result[place ?? 0] = nil
                places[change.id] = nil
            case (_, let earlier):
                // Of what goes, nothing else is of interest.
                if earlier != nil, let place { result[place] = nil }
                places[change.id] = result.count
                result.append(change)
            }
        }
        // Many changes are written in several parts: nodes are in networks before tasks are on them.
        let changes = result.compactMap { $0 }
        return changes.filter(\.isPeer) + changes.filter { !$0.isPeer }
    }
}

extension Change {
    fileprivate var isPeer: Bool { if case .peer = self { true } else { false } }
}

extension Node {
    /// Whether what tasks depend on is the same.
    fileprivate func isSame(for other: Node) -> Bool {
        state == other.state && spec == other.spec && description == other.description && role == other.role
            && address == other.address
    }
}
