import Machine

/// The verbs that do one thing to several machines: `start stop kill restart suspend resume provision ip`.
enum LifecycleCommands {
    static func start(_ session: Session) async throws -> Int32 {
        try await Progress.show { log in try await session.forEach { try await $0.start(log: log) } }
        Terminal.out(
            "Started machines may have new IP addresses. You may need to re-run the `\(session.program) env` command.")
        return 0
    }

    static func stop(_ session: Session) async throws -> Int32 {
        try await Progress.show { log in try await session.forEach { try await $0.stop(log: log) } }
        return 0
    }

    static func kill(_ session: Session) async throws -> Int32 {
        try await Progress.show { log in try await session.forEach { try await $0.kill(log: log) } }
        return 0
    }

    static func restart(_ session: Session) async throws -> Int32 {
        try await Progress.show { log in try await session.forEach { try await $0.restart(log: log) } }
        Terminal.out(
            "Restarted machines may have new IP addresses. You may need to re-run the `\(session.program) env` command.")
        return 0
    }

    /// All at one instant: what the machines were telling each other is still so when they go on.
    static func suspend(_ session: Session) async throws -> Int32 {
        let names = try session.namesOfMachines()
        try await Progress.show { log in try await session.machines.suspend(names, log: log) }
        return 0
    }

    /// They have the addresses they had, so nobody is told to ask for new ones.
    static func resume(_ session: Session) async throws -> Int32 {
        let names = try session.namesOfMachines()
        try await Progress.show { log in try await session.machines.resume(names, log: log) }
        return 0
    }

    static func provision(_ session: Session) async throws -> Int32 {
        try await Progress.show { log in try await session.forEach { try await $0.provision(log: log) } }
        return 0
    }

    /// Unlike docker-machine's, in the order of the names.
    static func ip(_ session: Session) async throws -> Int32 {
        let machines = try session.severalNames().map { try session.machines.machine($0) }
        var failures: [String] = []
        for machine in machines {
            do { Terminal.out(try await machine.address()) } catch {
                failures.append("Error getting IP address: \(error)")
            }
        }
        guard failures.isEmpty else { throw MachineError.failed(failures.joined(separator: "\n")) }
        return 0
    }
}
