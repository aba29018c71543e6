import Machine

/// `active`: the machine that `DOCKER_HOST` points at.
enum ActiveCommand {
    static func run(_ session: Session) async throws -> Int32 {
        guard session.names.isEmpty else { throw UsageError(message: "Error: Too many arguments given") }
        guard let wanted = session.environment["DOCKER_HOST"], !wanted.isEmpty else {
            throw MachineError.failed("No active host found")
        }
        let timeout = Duration.seconds(session.invocation.flags.int("timeout"))
        let candidates = session.machines.all().compactMap { try? $0.machine.get() }
        let found = try await withThrowingTaskGroup(of: String?.self) { group in
            for machine in candidates {
                group.addTask { (try? await machine.url()) == wanted ? machine.name : nil }
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw MachineError.failed("Error getting active host: timeout")
            }
            defer { group.cancelAll() }
            for _ in candidates { if let name = try await group.next() ?? nil { return name as String? } }
            return nil
        }
        guard let found else { throw MachineError.failed("No active host found") }
        Terminal.out(found)
        return 0
    }
}
