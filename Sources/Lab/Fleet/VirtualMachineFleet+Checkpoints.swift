import Machine

/// Sleep, and checkpoints to go back to.
extension VirtualMachineFleet {
    public func suspend(_ names: [String]) async throws { try await machines.suspend(names) { _ in } }
    public func resume(_ names: [String]) async throws { try await machines.resume(names) { _ in } }

    public func checkpoint(_ checkpoint: String, of machines: [String]) async throws {
        try await self.machines.checkpoint(checkpoint, of: machines) { _ in }
    }

    public func rewind(to checkpoint: String, of machines: [String]) async throws {
        try await self.machines.rewind(to: checkpoint, of: machines) { _ in }
    }

    public func removeCheckpoint(_ checkpoint: String, of machines: [String]) async throws {
        try await self.machines.removeCheckpoint(checkpoint, of: machines) { _ in }
    }
}
