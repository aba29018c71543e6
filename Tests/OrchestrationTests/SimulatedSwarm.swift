import DockerAPI
import SeededRandom
import SwarmModel

@testable import Orchestration

/// A swarm in one process with a clock of its own: a store, a leader that may be lost at any moment, and nodes whose agents run tasks
/// for random times. What is broken on the way is told as text.
struct SimulatedSwarm {
    var random: SeededRandom
    var now = Fixture.start
    private(set) var services: [String: Service] = [:]
    private(set) var tasks: [String: TaskRecord] = [:]
    private(set) var nodes: [String: Node] = [:]
    private(set) var networks: [String: Network] = [:]
    /// By the IDs of network and node.
    private(set) var peers: [[String]: NetworkPeer] = [:]
    private var leader: Orchestrator
    /// Nodes that cannot be reached; what they do is not heard of.
    private var isolated: Set<String> = []
    /// Whether tasks may fail by themselves.
    var isCalm = false
    private(set) var complaints: [String] = []
    private(set) var decisions = 0
    private var serial = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let ids = Self.ids(seed)
        leader = Orchestrator(makeID: ids)
    }

    private static func ids(_ seed: UInt64) -> () -> String {
        var generator = SeededRandom(seed: seed ^ 0xabcd)
        return { Identifier.make(using: &generator) }
    }

    private mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &random) < part }

    // MARK: - What happens to it

    mutating func addNode(labels: [String: String] = [:]) {
        serial += 1
        let node = Fixture.node("n\(serial)", labels: labels)
        nodes[node.id] = node
        leader.put(node)
    }

    mutating func add(_ network: Network) {
        networks[network.id] = network
        leader.put(network)
    }

    mutating func add(_ service: Service) {
        services[service.id] = service
        leader.put(service)
    }

    mutating func update(_ id: String, _ change: (inout ServiceSpec) -> Void) {
        guard var service = services[id], !service.isRemoved else { return }
        let old = service.spec
        change(&service.spec)
        service.previousSpec = old
        service.specVersion += 1
        service.updateStatus = nil
        if service.jobIteration != nil { service.jobIteration? += 1 }
        services[id] = service
        leader.put(service)
    }

    mutating func remove(_ id: String) {
        services[id]?.isRemoved = true
        if let service = services[id] { leader.put(service) }
    }

    mutating func change(_ id: String, _ change: (inout Node) -> Void) {
        guard var node = nodes[id] else { return }
        change(&node)
        node.updatedAt = now
        nodes[id] = node
        leader.put(node)
    }

    mutating func removeNode(_ id: String) {
        nodes[id] = nil
        isolated.remove(id)
        leader.removeNode(id)
    }

    mutating func isolate(_ id: String) {
        isolated.insert(id)
        change(id) { $0.state = .down }
    }

    mutating func heal(_ id: String) {
        isolated.remove(id)
        change(id) { $0.state = .ready }
    }

    /// Another manager leads, and knows what is in the store.
    mutating func changeLeader() {
        serial += 1
        leader = Orchestrator(makeID: Self.ids(UInt64(serial) << 20 ^ random.next()))
        for network in networks.values.sorted(by: { $0.id < $1.id }) { leader.put(network) }
        for node in nodes.values.sorted(by: { $0.id < $1.id }) { leader.put(node) }
        for service in services.values.sorted(by: { $0.id < $1.id }) { leader.put(service) }
        for peer in peers.values { leader.put(peer) }
        for task in tasks.values.sorted(by: { $0.id < $1.id }) { leader.put(task, now: now) }
    }

    // MARK: - Time

    /// Sets the clock that everybody reads.
    mutating func setClock(by time: Duration) { now = now + time }

    /// Lets some time pass: agents work, the leader decides.
    mutating func step(_ time: Duration) {
        now = now + time
        for id in tasks.keys.sorted() {
            guard var task = tasks[id], let node = task.nodeID, nodes[node] != nil, !isolated.contains(node) else { continue }
            guard let state = work(task) else { continue }
            if state < task.status.state { complaints.append("task \(id) went back from \(task.status.state) to \(state)") }
            task.enter(state, now: now, message: state.rawValue)
            if state == .running { task.startedAt = now }
            tasks[id] = task
            leader.put(task, now: now)
        }
        decide()
    }

    /// What an agent makes of a task now; nil for nothing.
    private mutating func work(_ task: TaskRecord) -> TaskState? {
        let state = task.status.state
        guard state >= .assigned, !state.isTerminal, chance(0.7) else { return nil }
        if task.desiredState >= .shutdown { return .shutdown }
        switch state {
        case .assigned: return .accepted
        case .accepted: return .preparing
        case .preparing: return !isCalm && chance(0.03) ? .rejected : .ready
        case .ready: return task.desiredState >= .running ? .starting : nil
        case .starting: return !isCalm && chance(0.05) ? .failed : .running
        case .running:
            if task.desiredState == .complete { return chance(0.3) ? (!isCalm && chance(0.2) ? .failed : .complete) : nil }
            return !isCalm && chance(0.02) ? .failed : nil
        default: return nil
        }
    }

    private mutating func decide() {
        decisions += 1
        let changes = leader.decide(now: now)
        if Set(changes.map(\.id)).count != changes.count { complaints.append("an object is changed twice at once") }
        for change in changes { carryOut(change) }
        check()
    }

    private mutating func carryOut(_ change: Change) {
        switch change {
        case .create(let task):
            if tasks[task.id] != nil { complaints.append("task \(task.id) is made twice") }
            judge(task, before: nil)
            tasks[task.id] = task
        case .update(let task):
            guard let old = tasks[task.id] else { return complaints.append("task \(task.id) is changed and not there") }
            judge(task, before: old)
            tasks[task.id] = task
        case .deleteTask(let id):
            if tasks.removeValue(forKey: id) == nil { complaints.append("task \(id) is deleted and not there") }
        case .service(let service):
            if let old = services[service.id], old.updatedAt > service.updatedAt {
                complaints.append("the time of \(service.id) went back")
            }
            services[service.id] = service
        case .deleteService(let id): services[id] = nil
        case .peer(let peer): peers[[peer.networkID, peer.nodeID]] = peer
        case .removePeer(let network, let node): peers[[network, node]] = nil
        }
    }

    // MARK: - What must hold

    private mutating func judge(_ task: TaskRecord, before old: TaskRecord?) {
        if let old {
            if task.desiredState < old.desiredState {
                complaints.append("\(task.name) is wanted \(task.desiredState) after \(old.desiredState)")
            }
            if task.status.state < old.status.state { complaints.append("\(task.name) went back to \(task.status.state)") }
            if task.updatedAt < old.updatedAt || task.status.timestamp < old.status.timestamp {
                complaints.append("the time of \(task.name) went back")
            }
            if let node = old.nodeID, task.nodeID != node { complaints.append("\(task.name) has changed its node") }
        }
        guard task.status.state == .assigned, old?.status.state != .assigned else { return }
        guard let node = nodes[task.nodeID ?? ""] else { return complaints.append("\(task.name) is on a node that is not there") }
        guard node.state == .ready, node.spec.availability == "active" else {
            return complaints.append("\(task.name) was put on a node that is \(node.state) and \(node.spec.availability)")
        }
        for text in task.spec.placement?.constraints ?? [] where (try? Constraint(text))?.holds(for: node) != true {
            complaints.append("\(task.name) was put on \(node.id) against \(text)")
        }
    }

    private mutating func check() {
        complaints += networkComplaints
        var wanted: [String: Int] = [:]
        var ended: [String: Int] = [:]
        for task in tasks.values {
            let slot = "\(task.serviceID)/\(task.slot.map(String.init) ?? task.nodeID ?? "")"
            if task.desiredState == .running { wanted[slot, default: 0] += 1 }
            if task.desiredState > .complete, task.status.state.isTerminal { ended[slot, default: 0] += 1 }
        }
        for (slot, count) in wanted {
            guard let service = services[String(slot.prefix { $0 != "/" })] else { continue }
            let most =
                service.spec.updateConfig?.order == "start-first" || service.previousSpec?.updateConfig?.order == "start-first"
                ? 2 : 1
            if count > most { complaints.append("\(count) tasks are to run in slot \(slot)") }
        }
        for (slot, count) in ended where count > 6 { complaints.append("\(count) ended tasks are kept in slot \(slot)") }
    }

    /// What is not as people want it, once nothing goes wrong any more.
    var shortfalls: [String] {
        var texts: [String] = []
        for service in services.values {
            let own = tasks.values.filter { $0.serviceID == service.id && $0.desiredState <= .complete }
            if service.isRemoved {
                texts.append("\(service.id) is still there")
                continue
            }
            let running = own.filter { $0.status.state == .running }
            let isPaused = service.updateStatus?.state?.hasSuffix("paused") ?? false
            switch service.mode {
            case .replicated(let count):
                if running.count != count { texts.append("\(service.id) has \(running.count) of \(count) tasks running") }
                if !isPaused,
                    running.contains(where: { $0.specVersion != service.specVersion && $0.spec != service.spec.taskTemplate })
                {
                    texts.append("\(service.id) runs tasks of an old spec")
                }
            case .global:
                let suited = nodes.values.filter { $0.state == .ready && $0.spec.availability == "active" }.map(\.id)
                let missing = Set(suited).subtracting(running.compactMap(\.nodeID))
                if !missing.isEmpty { texts.append("\(service.id) does not run on \(missing.sorted())") }
            case .replicatedJob(_, let total):
                let done = own.count { $0.status.state == .complete && $0.jobIteration == service.jobIteration }
                if done != total { texts.append("\(service.id) has done \(done) of \(total)") }
            case .globalJob: break
            }
        }
        return texts.sorted()
    }
}
