/// Waits until a swarm is as well as it was.
struct SwarmReturn: Sendable {
    let lab: Workspace
    let timeout: Duration

    init(_ lab: Workspace, timeout: Duration) {
        self.lab = lab
        self.timeout = timeout
    }

    /// The managers remember from before that all nodes were well: only what still holds at a second look counts.
    private static let looks = 2

    /// - Returns: how long it took.
    /// - Throws: ``LabError`` that names what is not back when the time is up.
    @discardableResult
    func wait(for health: SwarmHealth?) async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        guard let health, !health.members.isEmpty else { return .zero }
        let pause = min(.milliseconds(250), max(timeout / 40, .milliseconds(2)))
        var good = 0
        var announced = ""
        while true {
            let lacks = health.lacks(try await SwarmView.take(lab))
            good = lacks.isEmpty ? good + 1 : 0
            if good >= Self.looks { return clock.now - start }
            guard clock.now - start < timeout || good > 0 else { throw failure(lacks, health) }
            let waiting = "Waiting: " + lacks.joined(separator: "; ")
            if !lacks.isEmpty, waiting != announced {
                lab.events(.note(waiting))
                announced = waiting
            }
            try await Task.sleep(for: pause)
        }
    }

    private func failure(_ lacks: [String], _ health: SwarmHealth) -> LabError {
        let manager = health.members.first { $0.isManager }?.machine ?? "MACHINE"
        return LabError(
            "the swarm of lab \"\(lab.name)\" is not as it was after \(timeout.brief): \(lacks.joined(separator: "; "))\n"
                + "Look at it with docker-machine ssh \(manager) docker node ls, and at the engines with lab logs \(lab.name); "
                + "lab up \(lab.name) mends what it can")
    }
}
