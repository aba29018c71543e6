import Foundation

/// Forms the swarm that a lab's file asks for, and mends one that is no longer as asked.
struct SwarmFormation: Sendable {
    let lab: Workspace
    let timeout: Duration
    let parallel: Int
    /// Pause between two looks at the nodes.
    let pause: Duration
    /// An election takes 10 to 20 seconds on idle machines.
    var electionTime: Duration = .seconds(120)

    init(_ lab: Workspace, timeout: Duration, parallel: Int) {
        self.lab = lab
        self.timeout = timeout
        self.parallel = parallel
        // With little time there is no point in waiting long between two looks.
        pause = min(.seconds(1), max(timeout / 20, .milliseconds(5)))
    }

    /// The port of the swarm's managers.
    static let port = 2377

    struct Member: Sendable {
        var machine: TopologyMachine
        var address: String
        var control: any SwarmControl
        var info: SwarmInfo
    }

    /// - Returns: what was changed, one line each.
    func form() async throws -> [String] {
        guard !lab.topology.members.isEmpty else { return [] }
        var changes: [String] = []
        var members = try await surveyWithManager()
        let leader = try await findLeader(&members, &changes)
        let swarm = try await leader.control.info().clusterID
        try await leaveOtherSwarms(&members, swarm, leader, &changes)
        let nodes = try await leader.control.nodes()
        // First in the list of managers comes the one that is known to answer.
        var managers = ["\(leader.address):\(Self.port)"]
        let tokens = try await leader.control.joinTokens()
        let outside = members.filter { member in member.info.state != .active || !nodes.contains { $0.id == member.info.nodeID } }
        for member in outside where member.machine.role == .manager {
            try await join(member, token: tokens.manager, managers)
            managers.append("\(member.address):\(Self.port)")
            changes.append("\(member.machine.name) joined as manager")
        }
        let via = managers
        let workers = outside.filter { $0.machine.role == .worker }
        try await forEachConcurrently(workers, limit: parallel) { try await join($0, token: tokens.worker, via) }
        changes += workers.map { "\($0.machine.name) joined as worker" }
        changes += try await settle(leader)
        return changes
    }

    // MARK: Who is where

    /// Managers that have just started elect a leader first: they get the time for it before they count as lost.
    private func surveyWithManager() async throws -> [Member] {
        let deadline = ContinuousClock.now + min(timeout, electionTime)
        while true {
            let members = try await survey()
            let isMember = members.contains { $0.machine.role == .manager && $0.info.state == .active }
            let isLed = members.contains { $0.info.state == .active && $0.info.controlAvailable }
            if !isMember || isLed || ContinuousClock.now >= deadline { return members }
            lab.events(.note("Waiting for the managers to elect a leader"))
            try await Task.sleep(for: pause)
        }
    }

    private func survey() async throws -> [Member] {
        let machines = try await lab.fleet.machines()
        var members: [Member] = []
        for wanted in lab.topology.members {
            guard let machine = machines.first(where: { $0.name == wanted.name }), let address = machine.address else {
                throw LabError(
                    "machine \"\(wanted.name)\" has no address, so it cannot be in a swarm; see docker-machine status \(wanted.name)"
                )
            }
            let control = try await lab.fleet.swarm(of: wanted.name)
            members.append(
                Member(machine: wanted, address: address, control: control, info: try await settled(control, wanted.name)))
        }
        return members
    }

    /// A machine that has just started may not know yet whether it is in a swarm.
    private func settled(_ control: any SwarmControl, _ name: String) async throws -> SwarmInfo {
        let deadline = ContinuousClock.now + min(timeout, .seconds(60))
        while true {
            let info = try await control.info()
            let isWaiting = info.state == .pending || (info.state == .active && info.clusterID == nil && info.controlAvailable)
            guard isWaiting, ContinuousClock.now < deadline else { return info }
            lab.events(.machine(name, "waiting for its place in the swarm"))
            try await Task.sleep(for: pause)
        }
    }

    /// The manager to ask: one that is at work already, or else the first, which starts the swarm.
    private func findLeader(_ members: inout [Member], _ changes: inout [String]) async throws -> Member {
        let atWork = members.filter { $0.info.state == .active && $0.info.controlAvailable }
        // A machine that is a manager only for now would be asked to demote itself.
        if let leader = atWork.first(where: { $0.machine.role == .manager }) ?? atWork.first { return leader }
        guard let index = members.firstIndex(where: { $0.machine.role == .manager }) else {
            throw LabError("no machine is to be a manager")
        }
        let first = members[index]
        if first.info.state != .inactive {
            // What is left of a swarm that lost its quorum has nothing to be kept in a lab.
            lab.events(.machine(first.machine.name, "leaving a swarm without a manager at work"))
            try await first.control.leave(force: true)
            changes.append("\(first.machine.name) left a swarm that had no manager at work")
        }
        lab.events(.machine(first.machine.name, "starting the swarm"))
        try await first.control.initialize(advertise: "\(first.address):\(Self.port)", listen: "0.0.0.0:\(Self.port)")
        members[index].info = try await settled(first.control, first.machine.name)
        changes.append("\(first.machine.name) started the swarm")
        lab.events(.machineDone(first.machine.name, "started the swarm"))
        return members[index]
    }

    /// Machines that are in some other swarm leave it.
    private func leaveOtherSwarms(
        _ members: inout [Member], _ swarm: String?, _ leader: Member, _ changes: inout [String]
    ) async throws {
        let known = Set(try await leader.control.nodes().map(\.id))
        for index in members.indices where members[index].machine.name != leader.machine.name {
            let member = members[index]
            guard member.info.state != .inactive else { continue }
            let isStranger = member.info.clusterID.map { $0 != swarm } ?? !known.contains(member.info.nodeID)
            guard isStranger || member.info.state == .locked || member.info.state == .error else { continue }
            lab.events(.machine(member.machine.name, "leaving another swarm"))
            try await member.control.leave(force: true)
            members[index].info = SwarmInfo(state: .inactive)
            changes.append("\(member.machine.name) left another swarm")
        }
    }

    private func join(_ member: Member, token: String, _ managers: [String]) async throws {
        let (name, role) = (member.machine.name, member.machine.role.rawValue)
        for _ in 0..<Self.joinAttempts {
            lab.events(.machine(name, "joining as \(role)"))
            do {
                try await member.control.join(
                    token: token, managers: managers, advertise: "\(member.address):\(Self.port)",
                    listen: "0.0.0.0:\(Self.port)")
                return lab.events(.machineDone(name, "joined as \(role)"))
            } catch  where "\(error)".contains("will continue in the background") {
                // The engine answers after 20 seconds, done or not. A slow machine needs longer.
                lab.events(.machine(name, "still joining as \(role)"))
            }
            if try await joinsInTheBackground(member) { return lab.events(.machineDone(name, "joined as \(role)")) }
            lab.events(.machine(name, "leaving, because its join has failed"))
            try await member.control.leave(force: true)
        }
        throw LabError(
            "\(name) does not join the swarm: it failed \(Self.joinAttempts) times. "
                + "Its engine says why: docker-machine ssh \(name) sudo journalctl -u docker")
    }

    private static let joinAttempts = 3

    /// Waits for a join that the engine goes on with by itself.
    ///
    /// - Returns: false where it has failed; the engine does not try again then.
    private func joinsInTheBackground(_ member: Member) async throws -> Bool {
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline {
            switch try await member.control.info().state {
            case .active: return true
            case .error, .inactive: return false
            default: try await Task.sleep(for: pause)
            }
        }
        // `settle` says what is missing.
        return true
    }

    // MARK: Roles, labels, availability, readiness

    /// Waits until every machine is a ready node of the role asked for, giving nodes what they lack and removing dead doubles.
    private func settle(_ leader: Member) async throws -> [String] {
        var changes: [String] = []
        let deadline = ContinuousClock.now + timeout
        var announced = ""
        while true {
            let nodes = try await leader.control.nodes()
            changes += try await adjust(nodes, leader)
            let lacking = lab.topology.members.compactMap { lack(of: $0, nodes) }
            guard !lacking.isEmpty else { return changes }
            guard ContinuousClock.now < deadline else {
                throw LabError(
                    "the swarm is not complete after \(timeout.brief): \(lacking.joined(separator: "; "))\n"
                        + "Look at it with docker-machine ssh \(leader.machine.name) docker node ls, and at the engines with lab logs \(lab.name)"
                )
            }
            let waiting = "Waiting: " + lacking.joined(separator: "; ")
            if waiting != announced { lab.events(.note(waiting)) }
            announced = waiting
            try await Task.sleep(for: pause)
        }
    }

    /// What a machine still lacks, or nil.
    private func lack(of machine: TopologyMachine, _ nodes: [SwarmNode]) -> String? {
        guard let node = current(machine.name, nodes) else { return "\(machine.name) is not a node yet" }
        if node.state != .ready { return "\(machine.name) is \(node.state.rawValue)" }
        let isManager = node.managerStatus != nil
        if machine.role == .manager, !isManager || node.managerStatus == .unreachable {
            return "\(machine.name) is no reachable manager yet"
        }
        if machine.role == .worker, isManager { return "\(machine.name) is still a manager" }
        if change(of: node, to: machine) != nil { return "\(machine.name) is not set up as a node yet" }
        return nil
    }

    /// The node that stands for a machine now: of several with its name, the one that is not down.
    private func current(_ name: String, _ nodes: [SwarmNode]) -> SwarmNode? {
        let named = nodes.filter { $0.hostname == name }
        return named.first { $0.state == .ready } ?? named.last
    }

    private func change(of node: SwarmNode, to machine: TopologyMachine) -> NodeChange? {
        var change = NodeChange()
        let role: SwarmNode.Role = machine.role == .manager ? .manager : .worker
        if node.role != role { change.role = role }
        if node.availability != machine.availability { change.availability = machine.availability }
        // Labels that a person added by hand may stay.
        let labels = node.labels.merging(machine.labels) { $1 }
        if labels != node.labels { change.labels = labels }
        return change.isEmpty ? nil : change
    }

    private func adjust(_ nodes: [SwarmNode], _ leader: Member) async throws -> [String] {
        var changes: [String] = []
        for machine in lab.topology.members {
            guard let node = current(machine.name, nodes) else { continue }
            if node.state == .ready, let change = change(of: node, to: machine) {
                lab.events(.machine(machine.name, "setting up its node: \(change.words)"))
                try await leader.control.updateNode(node.id, change)
                changes.append("\(machine.name): \(change.words)")
                lab.events(.machineDone(machine.name, "set up its node: \(change.words)"))
            }
            // What a machine that was made anew left behind.
            for double in nodes where double.hostname == machine.name && double.id != node.id && double.state == .down {
                if double.role == .manager {
                    try await leader.control.updateNode(double.id, NodeChange(role: .worker))
                }
                do {
                    try await leader.control.removeNode(double.id, force: true)
                    let text = "removed the node that an earlier \(machine.name) left behind"
                    changes.append(text)
                    lab.events(.note(text))
                } catch  where double.role == .manager {
                    // The demotion takes a moment; the next look tries again.
                    continue
                }
            }
        }
        return changes
    }
}

extension NodeChange {
    var words: String {
        [
            role.map { "role \($0.rawValue)" }, availability.map { "availability \($0.rawValue)" },
            labels.map { "labels " + $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") },
        ].compactMap { $0 }.joined(separator: ", ")
    }
}
