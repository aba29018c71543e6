import Machine

/// `registry`: the registry on the lab network that the engines have as mirror.
enum RegistryCommands {
    static func start(_ session: Session) async throws -> Int32 {
        let registry = try await session.machines.startRegistry()
        Terminal.out("Serving container images at \(registry.url)")
        return 0
    }

    static func stop(_ session: Session) async throws -> Int32 {
        for registry in ImageRegistry.running(store: session.machines.store) {
            await registry.stop()
            Terminal.out("Stopped \(registry.url)")
        }
        return 0
    }

    static func status(_ session: Session) async throws -> Int32 {
        let running = ImageRegistry.running(store: session.machines.store)
        if running.isEmpty { Terminal.out("No registry is running.") }
        for registry in running {
            Terminal.out("Serving container images at \(registry.url) (pid \(registry.processID ?? 0))")
        }
        return running.isEmpty ? 1 : 0
    }
}
