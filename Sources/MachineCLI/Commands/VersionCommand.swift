import Machine

/// `version`: this program's, or the version of a machine's engine.
enum VersionCommand {
    static func run(_ session: Session) async throws -> Int32 {
        guard !session.names.isEmpty else {
            Terminal.out("\(session.program) version \(MachineProgram.version)")
            return 0
        }
        let machine = try session.machines.machine(try session.oneName())
        do { Terminal.out(try await machine.engineVersion(timeout: .seconds(20))) } catch {
            throw MachineError.failed("Unable to query docker version: \(error)")
        }
        return 0
    }
}
