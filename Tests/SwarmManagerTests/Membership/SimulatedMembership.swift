import DockerAPI
import SeededRandom
import SwarmModel
import Testing

@testable import SwarmManager

/// A swarm in which nodes join, are promoted and demoted, die, are cut off and come back, in steps of a quarter of a second. What the
/// leader makes of it is decided by what really decides it: `NodeMonitor`, `RolePlan`, and the check of demotions.
struct SimulatedMembership {
    /// A host, as it really is.
    private struct Host {
        var isOn = true
        var isCutOff = false
        var session: UInt64?
        /// Its member of the store, from when it has asked for one.
        var member: UInt64?
        /// When it was reached by the leader last.
        var present: ContinuousClock.Instant
        /// When it said something to the leader last.
        var spoke: ContinuousClock.Instant
    }

    private static let step: Duration = .milliseconds(250)
    private let seed: UInt64
    private var random: SeededRandom
    private var now: ContinuousClock.Instant
    private var steps = 0
    private var hosts: [String: Host] = [:]
    private var store = SimulatedStore()
    /// What was acknowledged of them.
    private var nodes: [String: Node] = [:]
    private var monitor: NodeMonitor
    private var session: UInt64 = 0
    /// Changes that were acknowledged to people: the role that they want of a node.
    private var wanted: [String: NodeRole] = [:]
    /// What went wrong.
    private(set) var complaints: [String] = []
    private(set) var roleChanges = 0
    /// Nodes that have left.
    private var left: Set<String> = []

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        now = ContinuousClock.now
        monitor = NodeMonitor(known: [], patience: .usual, now: now)
        hosts["n0"] = Host(member: 1, present: now, spoke: now)
        nodes["n0"] = RolePlanTests.node("n0", is: .manager, wanted: .manager, member: 1)
        wanted["n0"] = .manager
    }

    private mutating func complain(_ text: String) { complaints.append("seed \(seed), step \(steps): \(text)") }

    private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }

    // MARK: Who reaches whom

    private func reaches(_ one: String, _ other: String) -> Bool {
        guard let first = hosts[one], let second = hosts[other], first.isOn, second.isOn else { return false }
        return one == other || (!first.isCutOff && !second.isCutOff)
    }

    private func host(of member: UInt64) -> String? { hosts.keys.sorted().first { hosts[$0]?.member == member } }

    private func reached(by member: UInt64) -> Set<UInt64> {
        guard let name = host(of: member) else { return [] }
        return Set(hosts.keys.filter { reaches(name, $0) }.compactMap { hosts[$0]?.member })
    }

    private var leader: String? { store.leader.flatMap { host(of: $0) } }
    private var reachedByLeader: Set<UInt64> { store.leader.map { reached(by: $0) } ?? [] }

    // MARK: A step

    /// - Parameter faults: whether hosts die and people ask for things.
    mutating func advance(faults: Bool) {
        steps += 1
        now += Self.step
        if faults { disturb() }
        let voters = store.voters
        let candidates = voters.sorted().shuffled(using: &random)
        let seen = Dictionary(uniqueKeysWithValues: voters.map { ($0, reached(by: $0)) })
        if store.elect(reached: { seen[$0] ?? [] }, prefers: candidates) { begin() }
        for name in hosts.keys.sorted() { live(name) }
        if leader != nil { lead() }
        check()
    }

    /// Ends all faults.
    mutating func heal() {
        for name in hosts.keys {
            hosts[name]?.isOn = true
            hosts[name]?.isCutOff = false
        }
    }

    private mutating func begin() {
        monitor = NodeMonitor(known: nodes.keys, patience: .usual, now: now)
        for name in hosts.keys { hosts[name]?.session = nil }
        let log = store.leader.flatMap { store.logs[$0] } ?? 0
        if log < store.acknowledged { complain("the new leader lacks what was acknowledged: \(log) of \(store.acknowledged)") }
    }

    private mutating func disturb() {
        let names = hosts.keys.sorted()
        guard let name = names.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<60, using: &random) {
        case 0 where names.count < 8:
            let new = "n\(nodes.count)"
            let role: NodeRole = Bool.random(using: &random) ? .manager : .worker
            guard leader != nil, store.write(reached: reachedByLeader) else { return }
            hosts[new] = Host(present: now, spoke: now)
            nodes[new] = RolePlanTests.node(new, is: role, wanted: role)
            wanted[new] = role
        case 1...4: want(.manager, of: name)
        case 5...8: want(.worker, of: name)
        case 9:
            hosts[name]?.isOn = false
            // A process that ends has its connection closed by its host; one without power says nothing.
            if Bool.random(using: &random) { close(name) }
            hosts[name]?.session = nil
        case 10: hosts[name]?.isCutOff = true
        case 11...16: hosts[name]?.isOn = true
        case 17...22: hosts[name]?.isCutOff = false
        case 24 where hosts.count > 3: leave(name)
        case 23:
            // The leader's process starts anew: an election, and nobody has a session.
            if let leader = store.leader, let other = store.voters.subtracting([leader]).sorted().first {
                store.transfer(to: other, reached: reachedByLeader)
                if store.leader == other { begin() }
            }
        default: break
        }
    }

    /// Leaves by force, as a manager does it: first it is none, then its member goes; it may die in between.
    private mutating func leave(_ name: String) {
        guard let node = nodes[name], let part = node.manager, hosts[name]?.isOn == true, leader != nil, leader != name,
            reachedByLeader.contains(part.member),
            Quorum(Array(nodes.values)).survivesRemoval(of: node, voters: store.voters)
        else { return }
        change(name) { node in
            node.manager = nil
            node.role = .worker
            node.spec.role = NodeRole.worker.rawValue
            node.state = .down
        }
        guard nodes[name]?.manager == nil else { return }
        // Where the others need its vote to take it out, it had better not die.
        let owned = store.voters.intersection(nodes.values.compactMap(\.manager?.member))
        if owned.count <= store.voters.count / 2 || Bool.random(using: &random) {
            _ = store.remove(part.member, reached: reachedByLeader)
        }
        close(name)
        hosts[name] = nil
        (wanted[name], left) = (.worker, left.union([name]))
    }

    /// What a person asks of any manager.
    private mutating func want(_ role: NodeRole, of name: String) {
        guard let node = nodes[name], node.desiredRole != role, leader != nil else { return }
        if role == .worker, (try? Control.checkDemotion(of: node, among: Array(nodes.values))) == nil { return }
        guard store.write(reached: reachedByLeader) else { return }
        nodes[name]?.spec.role = role.rawValue
        wanted[name] = role
        roleChanges += 1
    }

    private mutating func close(_ name: String) {
        guard let session = hosts[name]?.session else { return }
        monitor.closed(name, session: session, now: now)
        hosts[name]?.session = nil
    }

    /// What a host does by itself: it finds the leader, speaks, and becomes what it is told.
    private mutating func live(_ name: String) {
        guard let leader, reaches(name, leader), let node = nodes[name] else { return }
        hosts[name]?.present = now
        if hosts[name]?.session == nil {
            guard chance(3) else { return }
            session += 1
            hosts[name]?.session = session
            hosts[name]?.spoke = now
            monitor.opened(name, session: session, now: now)
            change(name) { node in
                node.state = .ready
                node.manager?.reachability = .reachable
            }
        } else if let session = hosts[name]?.session, steps % 4 == 0 {
            hosts[name]?.spoke = now
            if monitor.heard(name, session: session, now: now) { change(name) { $0.state = .ready } }
            // A node says how it is with its next report.
            change(name) { $0.manager?.reachability = .reachable }
        }
        switch node.role {
        case .manager:
            if let member = hosts[name]?.member {
                guard store.logs[member] != nil else {
                    // Its store was told that it was removed.
                    hosts[name]?.member = nil
                    return
                }
                if node.manager == nil {
                    // The answer to its request was lost.
                    change(name) { $0.manager = Node.ManagerPart(address: name, member: member, reachability: .unknown) }
                }
                if store.learner == member, chance(4), store.promote(member, reached: reachedByLeader) {
                    change(name) { $0.manager?.reachability = .reachable }
                }
            } else if let member = store.add(reached: reachedByLeader) {
                hosts[name]?.member = member
                change(name) { $0.manager = Node.ManagerPart(address: name, member: member, reachability: .unknown) }
            }
        case .worker:
            if let member = hosts[name]?.member {
                if store.voters.contains(member) { complain("\(name) is a worker and has a vote") }
                hosts[name]?.member = nil
            }
        }
    }

    private mutating func change(_ name: String, _ body: (inout Node) -> Void) {
        guard var node = nodes[name] else { return }
        body(&node)
        guard node != nodes[name], store.write(reached: reachedByLeader) else { return }
        nodes[name] = node
    }

    /// What the leader does.
    private mutating func lead() {
        for name in monitor.check(now: now) {
            if let host = hosts[name], host.isOn, now - host.spoke < Patience.usual.absence {
                complain("\(name) is taken for gone and has just spoken")
            }
            change(name) { node in
                node.state = .down
                node.manager?.reachability = .unreachable
            }
        }
        guard let leader else { return }
        let all = nodes.values.sorted { $0.id < $1.id }
        let plan = RolePlan.actions(
            nodes: all, leader: leader, voters: store.voters, heard: monitor.heard(since: now - RolePlan.freshness))
        if plan.count(where: { if case .removeMember = $0 { true } else { false } }) > 1 {
            complain("several members are to go at once")
        }
        for action in plan { perform(action) }
        guard steps % 60 == 0, let leader = self.leader else { return }
        let heard = monitor.heard(since: now - RolePlan.freshness)
        if let orphan = RolePlan.orphan(nodes: Array(nodes.values), leader: leader, voters: store.voters, heard: heard) {
            takeOut(orphan, of: "one that has left")
        }
    }

    /// Takes a member out of the store, if that may be.
    private mutating func takeOut(_ member: UInt64, of name: String) {
        let left = store.voters.subtracting([member])
        let there = left.filter { other in
            guard let host = host(of: other).flatMap({ hosts[$0] }) else { return false }
            return now - host.present <= RolePlan.freshness + Self.step
        }
        if store.voters.contains(member), there.count <= left.count / 2 {
            complain("\(name) is taken out, which leaves \(there.count) of \(left.count) voters")
        }
        _ = store.remove(member, reached: reachedByLeader)
    }

    private mutating func perform(_ action: RoleAction) {
        switch action {
        case .promote(let name): change(name) { $0.role = .manager }
        case .removeMember(let name, let member):
            takeOut(member, of: name)
            if store.logs[member] == nil { change(name) { $0.manager = nil } }
        case .demote(let name):
            if let member = hosts[name]?.member, store.voters.contains(member) { complain("\(name) is demoted with its vote") }
            change(name) { $0.role = .worker }
        case .transferLeadership(let member):
            store.transfer(to: member, reached: reachedByLeader)
            if store.leader == member { begin() }
        }
    }

    // MARK: What must be so

    private mutating func check() {
        if store.voters.isEmpty { complain("nobody has a vote") }
        for (name, role) in wanted where nodes[name]?.desiredRole != role { complain("what was wanted of \(name) is lost") }
    }

    /// What must be so when faults have ended a while ago.
    mutating func checkAtRest() {
        if leader == nil { complain("there is no leader") }
        for node in nodes.values.sorted(by: { $0.id < $1.id }) where !left.contains(node.id) {
            if node.role != node.desiredRole { complain("\(node.id) is \(node.role) and should be \(node.desiredRole)") }
            if node.state != .ready { complain("\(node.id) is \(node.state)") }
            if (node.role == .manager) != (node.manager != nil) {
                complain("\(node.id) is \(node.role): \(String(describing: node.manager))")
            }
            if let part = node.manager, part.reachability != .reachable { complain("\(node.id) is \(part.reachability)") }
        }
        let parts = Set(nodes.values.compactMap(\.manager?.member))
        if parts != store.voters { complain("managers \(parts.sorted()) and voters \(store.voters.sorted())") }
    }
}
