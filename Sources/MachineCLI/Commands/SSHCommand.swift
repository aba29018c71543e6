import Machine

/// `ssh`: becomes the system's ssh, so streams, terminal and exit status are its own.
enum SSHCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let name = try session.names.first ?? session.defaultName()
        let machine = try session.machines.machine(name)
        guard try await machine.state() == .running else {
            throw MachineError.failed("Error: Cannot run SSH command: Host \"\(name)\" is not running")
        }
        try machine.ssh.command(Array(session.names.dropFirst())).replaceProcess()
    }
}
