import Foundation

extension Machine {
    /// Starts the machine and waits until its engine answers.
    ///
    /// - Throws: `MachineError.alreadyRunning`, `.timedOut` with the end of the console, or what failed.
    public func start(log: @escaping Log) async throws {
        log("Starting \"\(name)\"...")
        if (try? await state()) == .running { throw MachineError.alreadyRunning(name) }
        try await explainingBoot { try await driver.start(log: log) }
        log("Machine \"\(name)\" was started.")
        try await waitUntilUsable(log: log)
    }

    public func stop(log: @escaping Log) async throws {
        log("Stopping \"\(name)\"...")
        if try await [.stopped, .saved].contains(state()) { throw MachineError.alreadyStopped(name) }
        try await driver.stop(log: log)
        log("Machine \"\(name)\" was stopped.")
    }

    public func kill(log: @escaping Log) async throws {
        log("Killing \"\(name)\"...")
        if try await [.stopped, .saved].contains(state()) { throw MachineError.alreadyStopped(name) }
        try await driver.kill()
        log("Machine \"\(name)\" was killed.")
    }

    public func restart(log: @escaping Log) async throws {
        log("Restarting \"\(name)\"...")
        switch try await state() {
        case .stopped, .saved: try await explainingBoot { try await driver.start(log: log) }
        case .running: try await explainingBoot { try await driver.restart(log: log) }
        default: return
        }
        try await waitUntilUsable(log: log)
    }

    /// Removes the machine and all it had.
    public func remove(log: @escaping Log) async throws {
        try await driver.remove(log: log)
        try machines.store.removeFolder(of: name)
    }

    private func waitUntilUsable(log: @escaping Log) async throws {
        log("Waiting for SSH to be available...")
        let provisioner = Provisioner(machine: self, log: log)
        try await provisioner.waitForSSH()
        log("Detecting the provisioner...")
        try await provisioner.ensureRegistry()
        try await provisioner.waitForEngine()
    }

    /// Adds the end of the console to the error of a boot that did not end.
    private func explainingBoot(_ body: () async throws -> Void) async throws {
        do { try await body() } catch MachineError.timedOut(let text) {
            throw MachineError.timedOut(await driver.explain(text, machine: name))
        }
    }
}

extension Driver {
    /// A failure's text with the end of the console and the command to try next.
    func explain(_ text: String, machine: String) async -> String {
        guard let tail = await consoleTail() else { return "\(text)\n\"\(Program.name) console \(machine)\" shows its console." }
        return "\(text)\nThe end of its console:\n\(tail)\n\"\(Program.name) console \(machine)\" shows more."
    }
}
