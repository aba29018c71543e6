import Foundation
import Synchronization

@testable import Lab

/// The swarms of a fake fleet: who is in which, seen from every member.
final class FakeSwarms: Sendable {
    struct Cluster {
        var nodes: [SwarmNode] = []
        var generation = 1
    }
    struct Membership {
        var cluster: String
        var nodeID: String
    }
    struct State {
        var clusters: [String: Cluster] = [:]
        /// By machine.
        var members: [String: Membership] = [:]
        var counter = 0
        var off: Set<String> = []
        var services: [SwarmService] = []
        var tasks: [SwarmTask] = []
        var calls: [String] = []
        /// Machines whose join takes longer than the engine waits.
        var slow: Set<String> = []
        /// Machines whose next joins go on in the background and fail there, so many times.
        var failingJoins: [String: Int] = [:]
        /// Machines whose join has failed and that have not left yet.
        var failed: Set<String> = []
        /// Machines whose nodes are down for so many looks at the nodes after a rewind or resume.
        var late: [String: Int] = [:]
        var kept: [String: Kept] = [:]
    }
    struct Kept {
        var clusters: [String: Cluster]
        var members: [String: Membership]
        var off: Set<String>
        var services: [SwarmService]
        var tasks: [SwarmTask]
    }

    let state = Mutex(State())

    var calls: [String] { state.withLock { $0.calls } }

    /// A machine's power goes or comes; its node is down or ready.
    func power(_ machine: String, on: Bool) {
        state.withLock {
            if on { $0.off.remove(machine) } else { $0.off.insert(machine) }
            $0.mark(machine, on ? .ready : .down)
        }
    }

    func keep(_ checkpoint: String) {
        state.withLock {
            $0.kept[checkpoint] = Kept(
                clusters: $0.clusters, members: $0.members, off: $0.off, services: $0.services, tasks: $0.tasks)
        }
    }

    func rewind(to checkpoint: String) {
        state.withLock {
            guard let kept = $0.kept[checkpoint] else { return }
            ($0.clusters, $0.members, $0.off) = (kept.clusters, kept.members, kept.off)
            ($0.services, $0.tasks) = (kept.services, kept.tasks)
        }
    }

    /// The machine is gone; its node stays behind, down.
    func forget(_ machine: String) {
        state.withLock {
            $0.mark(machine, .down)
            $0.members[machine] = nil
        }
    }
}

extension FakeSwarms.State {
    mutating func mark(_ machine: String, _ nodeState: SwarmNode.State) {
        guard let member = members[machine],
            let index = clusters[member.cluster]?.nodes.firstIndex(where: { $0.id == member.nodeID })
        else { return }
        clusters[member.cluster]?.nodes[index].state = nodeState
    }

    mutating func enter(_ machine: String, _ address: String, cluster: String, role: SwarmNode.Role) {
        counter += 1
        let id = "node\(counter)"
        let isFirst = clusters[cluster]?.nodes.isEmpty ?? true
        members[machine] = .init(cluster: cluster, nodeID: id)
        clusters[cluster]?.nodes.append(
            SwarmNode(
                id: id, hostname: machine, role: role, address: address,
                managerStatus: role == .manager ? (isFirst ? .leader : .reachable) : nil))
    }
}

/// One fake machine's view of its swarm.
struct FakeSwarmControl: SwarmControl {
    let name: String
    let address: String
    let swarms: FakeSwarms

    private func asManager<Value>(_ body: (inout FakeSwarms.State, String) throws -> Value) throws -> Value {
        try swarms.state.withLock { state in
            guard let member = state.members[name],
                state.clusters[member.cluster]?.nodes.first(where: { $0.id == member.nodeID })?.role == .manager
            else { throw FakeError("This node is not a swarm manager.") }
            return try body(&state, member.cluster)
        }
    }

    func info() async throws -> SwarmInfo {
        swarms.state.withLock { state in
            if state.failed.contains(name) { return SwarmInfo(state: .error) }
            guard let member = state.members[name] else { return SwarmInfo(state: .inactive) }
            let node = state.clusters[member.cluster]?.nodes.first { $0.id == member.nodeID }
            let isManager = node?.role == .manager
            return SwarmInfo(
                state: .active, nodeID: member.nodeID, nodeAddress: address, controlAvailable: isManager,
                clusterID: isManager ? member.cluster : nil)
        }
    }

    func initialize(advertise: String, listen: String) async throws {
        try swarms.state.withLock { state in
            guard state.members[name] == nil else { throw FakeError("This node is already part of a swarm.") }
            state.counter += 1
            let cluster = "cluster\(state.counter)"
            state.clusters[cluster] = .init()
            state.enter(name, address, cluster: cluster, role: .manager)
            state.calls.append("init \(name) \(advertise)")
        }
    }

    func join(token: String, managers: [String], advertise: String, listen: String) async throws {
        try swarms.state.withLock { state in
            guard state.members[name] == nil, !state.failed.contains(name) else {
                throw FakeError("This node is already part of a swarm.")
            }
            if let left = state.failingJoins[name], left > 0 {
                state.failingJoins[name] = left - 1
                state.failed.insert(name)
                throw FakeError(Self.background)
            }
            let parts = token.split(separator: "/").map(String.init)
            guard parts.count == 2, state.clusters[parts[0]] != nil, let role = SwarmNode.Role(rawValue: parts[1]) else {
                throw FakeError("invalid join token")
            }
            state.enter(name, address, cluster: parts[0], role: role)
            state.calls.append("join \(name) \(role.rawValue)")
            if state.slow.contains(name) {
                throw FakeError(Self.background)
            }
        }
    }

    private static let background =
        "Timeout was reached before node joined. The attempt to join the swarm will continue in the background."

    func leave(force: Bool) async throws {
        swarms.state.withLock { state in
            state.failed.remove(name)
            state.mark(name, .down)
            state.members[name] = nil
            state.calls.append("leave \(name)")
        }
    }

    func joinTokens() async throws -> JoinTokens {
        try asManager { _, cluster in JoinTokens(worker: "\(cluster)/worker", manager: "\(cluster)/manager") }
    }

    func nodes() async throws -> [SwarmNode] {
        try asManager { state, cluster in
            var nodes = state.clusters[cluster]?.nodes ?? []
            for index in nodes.indices {
                guard let looks = state.late[nodes[index].hostname], looks > 0 else { continue }
                state.late[nodes[index].hostname] = looks - 1
                nodes[index].state = .down
            }
            return nodes
        }
    }

    func updateNode(_ id: String, _ change: NodeChange) async throws {
        try asManager { state, cluster in
            guard let index = state.clusters[cluster]?.nodes.firstIndex(where: { $0.id == id }) else {
                throw FakeError("node \(id) not found")
            }
            if let role = change.role {
                state.clusters[cluster]?.nodes[index].role = role
                state.clusters[cluster]?.nodes[index].managerStatus = role == .manager ? .reachable : nil
            }
            if let availability = change.availability { state.clusters[cluster]?.nodes[index].availability = availability }
            if let labels = change.labels { state.clusters[cluster]?.nodes[index].labels = labels }
            state.calls.append("update \(state.clusters[cluster]?.nodes[index].hostname ?? id)")
        }
    }

    func removeNode(_ id: String, force: Bool) async throws {
        try asManager { state, cluster in
            guard let node = state.clusters[cluster]?.nodes.first(where: { $0.id == id }) else {
                throw FakeError("node \(id) not found")
            }
            guard node.role == .worker else { throw FakeError("node \(id) is a cluster manager") }
            state.clusters[cluster]?.nodes.removeAll { $0.id == id }
            state.calls.append("rm \(node.hostname)")
        }
    }

    func services() async throws -> [SwarmService] { try asManager { state, _ in state.services } }
    func tasks() async throws -> [SwarmTask] { try asManager { state, _ in state.tasks } }
    func networks() async throws -> [SwarmNetwork] { [] }
}
