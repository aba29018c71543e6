import Machine

/// `console`: the machine's serial console; Ctrl-] leaves it.
enum ConsoleCommand {
    static func run(_ session: Session) async throws -> Int32 {
        try await session.machines.machine(try session.oneName()).consoleCommand().replaceProcess()
    }
}
