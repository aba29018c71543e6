import Machine

/// `status` and `url`: one machine, one word.
enum StatusCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let name = try session.oneName()
        let machine = try session.machines.machine(name)
        do { Terminal.out(try await machine.state().rawValue) } catch {
            throw MachineError.failed("error getting state for host \(name): \(error)")
        }
        return 0
    }

    static func url(_ session: Session) async throws -> Int32 {
        Terminal.out(try await session.machines.machine(try session.oneName()).url())
        return 0
    }
}
