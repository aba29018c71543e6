/// `lab promote` and `lab demote`.
public struct RoleChange: Sendable {
    let lab: Workspace
    let role: SwarmNode.Role
    let timeout: Duration

    public init(_ lab: Workspace, to role: SwarmNode.Role, timeout: Duration = .seconds(120)) {
        self.lab = lab
        self.role = role
        self.timeout = timeout
    }

    /// Changes the role of machines' nodes and waits until the swarm has them in it.
    ///
    /// - Returns: a line for each machine, in Docker's words.
    public func run(_ machines: [String]) async throws -> [String] {
        var lines: [String] = []
        for machine in machines { lines.append(try await change(machine)) }
        return lines
    }

    private func change(_ machine: String) async throws -> String {
        let snapshot = try await LabSnapshot.take(lab)
        guard let node = snapshot.machines.first(where: { $0.name == machine })?.node else {
            throw LabError(
                "machine \"\(machine)\" is not a node of a swarm that a manager of lab \"\(lab.name)\" knows (lab status \(lab.name))"
            )
        }
        if node.role == role { return "Node \(machine) is already a \(role.rawValue)." }
        // A manager that is to be demoted had better not be the one that is asked: it would lose its answer.
        let managers = snapshot.machines.filter { $0.node?.managerStatus == .leader || $0.node?.managerStatus == .reachable }
        guard let asked = managers.first(where: { $0.name != machine }) ?? managers.first else {
            throw LabError("no manager of lab \"\(lab.name)\" answers (lab status \(lab.name))")
        }
        let control = try await lab.fleet.swarm(of: asked.name)
        try await control.updateNode(node.id, NodeChange(role: role))
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline {
            let now = try await control.nodes().first { $0.id == node.id }
            let isManager = now?.managerStatus == .leader || now?.managerStatus == .reachable
            if isManager == (role == .manager) {
                return role == .manager
                    ? "Node \(machine) promoted to a manager in the swarm." : "Manager \(machine) demoted in the swarm."
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        throw LabError("node \(machine) is not a \(role.rawValue) after \(timeout.brief), though the swarm accepted the change")
    }
}
