import Machine

/// `rm`: asks, then removes one after the other.
enum RemoveCommand {
    static func run(_ session: Session) async throws -> Int32 {
        guard !session.names.isEmpty else {
            throw UsageError(
                output: session.invocation.help,
                message: "Error: Expected to get one or more machine names as arguments")
        }
        let force = session.invocation.flags.bool("force")
        Terminal.out(Prompt.removal(of: session.names))
        if !force && !session.invocation.flags.bool("y") {
            guard Prompt.isYes(Terminal.ask(Prompt.sure)) else { return 0 }
        }
        await session.machines.recover(log: Terminal.out)
        var failed = false
        for name in session.names {
            do {
                try await remove(name, session)
                Terminal.out(Prompt.removed(name))
            } catch {
                Terminal.error(Prompt.removalFailed(name, reason: "\(error)"))
                guard force else {
                    failed = true
                    continue
                }
                if session.machines.store.exists(name) {
                    try session.machines.forget(name)
                    Terminal.out(Prompt.removed(name))
                } else {
                    Terminal.error(Prompt.cannotForget(name))
                }
            }
        }
        return failed ? 1 : 0
    }

    private static func remove(_ name: String, _ session: Session) async throws {
        try await session.machines.machine(name).remove(log: Terminal.out)
    }
}
