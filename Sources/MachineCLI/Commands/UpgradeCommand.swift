import Machine

/// `upgrade`: the newest engine that the guest's package sources offer.
enum UpgradeCommand {
    static func run(_ session: Session) async throws -> Int32 {
        try await session.forEach { machine in
            if try await machine.state() == .stopped {
                Terminal.out("Starting machine so machine can be upgraded...")
                try await machine.start(log: Terminal.out)
            }
            try await machine.upgrade(log: Terminal.out)
        }
        return 0
    }
}
