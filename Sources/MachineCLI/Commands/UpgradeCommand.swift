import Machine

/// `upgrade`: the newest engine that the guest's package sources offer.
enum UpgradeCommand {
    static func run(_ session: Session) async throws -> Int32 {
        try await Progress.show { log in
            try await session.forEach { machine in
                if try await machine.state() == .stopped {
                    log("Starting machine so machine can be upgraded...")
                    try await machine.start(log: log)
                }
                try await machine.upgrade(log: log)
            }
        }
        return 0
    }
}
