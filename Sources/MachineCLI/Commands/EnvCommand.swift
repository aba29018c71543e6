import Machine

/// `env`: the lines that point a Docker client at a machine, or that undo it.
enum EnvCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let flags = session.invocation.flags
        let shell = try Shell.choose(flag: flags.string("shell"), environment: session.environment)
        let script = EnvironmentScript(shell: shell, arguments: session.words)
        let proxy = flags.bool("no-proxy") ? NoProxy(environment: session.environment) : nil
        if flags.bool("unset") {
            guard session.names.isEmpty else {
                throw UsageError(message: "Error: Expected no machine name when the -u flag is present")
            }
            Terminal.raw(script.unset(noProxy: proxy))
            return 0
        }
        let machine = try session.machines.machine(try session.oneName())
        if flags.bool("swarm") { throw session.noSwarmMaster(machine.name) }
        let url = try await session.checkedURL(machine, doing: "Error checking TLS connection")
        Terminal.raw(
            script.set(
                name: machine.name, url: url, certificatePath: machine.folder.path,
                noProxy: proxy?.adding(try await machine.address())))
        return 0
    }
}

/// `config`: the same as flags for one `docker` command.
enum ConfigCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let machine = try session.machines.machine(try session.oneName())
        if session.invocation.flags.bool("swarm") { throw session.noSwarmMaster(machine.name) }
        let url = try await session.checkedURL(machine, doing: "Error running connection boilerplate")
        Terminal.raw(ConnectionFlags.text(certificatePath: machine.folder.path, url: url))
        return 0
    }
}

extension Session {
    /// A machine's engine address, after the engine has proved itself over TLS.
    ///
    /// - Throws: `MachineError` that says which part of the way there is broken.
    fileprivate func checkedURL(_ machine: Machine, doing what: String) async throws -> String {
        do {
            let url = try await machine.url()
            try await machine.checkConnection()
            return url
        } catch { throw MachineError.failed("\(what): \(error)") }
    }

    fileprivate func noSwarmMaster(_ name: String) -> MachineError {
        .failed("\"\(name)\" is not a swarm master. The --swarm flag is intended for use with swarm masters")
    }
}
