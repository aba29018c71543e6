import Foundation
import Libvirt

/// Sleep, and checkpoints to go back to, of several machines as of one instant: all are halted within milliseconds before any
/// memory is written, and go on together, so that what they know of each other fits.
extension Machines {
    /// Writes the machines' memory to disk and ends them; they show as `Saved`.
    ///
    /// - Throws: `MachineError.failed` where one does not run; nothing has changed then.
    public func suspend(_ names: [String], log: @escaping Log) async throws {
        let drivers = try drivers(names)
        try await pause(drivers)
        do {
            try await each(drivers) { driver, connection in
                log("Suspending \"\(driver.name)\"...")
                try driver.sleep(connection)
            }
        } catch {
            // Those that sleep already are woken, so that all of them go on or none.
            try? await each(drivers) { try $0.wake($1) }
            try? await goOn(drivers)
            throw error
        }
        for name in names { log("Machine \"\(name)\" was suspended.") }
    }

    /// Lets machines that were suspended, or paused, go on; returns when their engines answer.
    public func resume(_ names: [String], log: @escaping Log) async throws {
        let drivers = try drivers(names)
        for driver in drivers where try await driver.state() == .running {
            throw MachineError.alreadyRunning(driver.name)
        }
        for driver in drivers { _ = try await driver.restoreNetwork(log: log) }
        try await each(drivers) { driver, connection in
            log("Resuming \"\(driver.name)\"...")
            try driver.wake(connection)
        }
        try await goOn(drivers)
        try await waitUntilUsable(names, log: log)
        for name in names { log("Machine \"\(name)\" was resumed.") }
    }

    /// Notes memory, devices and disks of machines that run, as of one instant; they run on.
    ///
    /// - Throws: `MachineError.failed` where one does not run, or has such a checkpoint; nothing has changed then.
    public func checkpoint(_ checkpoint: String, of names: [String], log: @escaping Log) async throws {
        guard MachineName.isValid(checkpoint), Int(checkpoint) == nil else {
            throw MachineError.failed(
                "\"\(checkpoint)\" is no name for a checkpoint: letters, digits, \"-\" and \".\", and not only digits")
        }
        let drivers = try drivers(names)
        try await each(drivers) { driver, connection in
            if try DiskPool.ensure(connection, refreshed: true).checkpoint(checkpoint, of: driver.name) != nil {
                throw MachineError.failed("\"\(driver.name)\" has a checkpoint \"\(checkpoint)\" already")
            }
        }
        try await checkRoom(for: drivers)
        try await pause(drivers)
        do {
            try await each(drivers) { driver, connection in
                log("Saving \"\(driver.name)\"...")
                try driver.checkpoint(checkpoint, connection)
            }
        } catch {
            await Task {
                try? await goOn(drivers)
                try? await each(drivers) { try $0.removeCheckpoint(checkpoint, $1) }
            }.value
            throw error
        }
        try await goOn(drivers)
    }

    /// Takes machines back to a checkpoint, whatever they do now; returns when their engines answer. The checkpoint stays.
    ///
    /// - Throws: `MachineError.failed` where one has no such checkpoint; nothing has changed then.
    public func rewind(to checkpoint: String, of names: [String], log: @escaping Log) async throws {
        let drivers = try drivers(names)
        try await each(drivers) { try $0.requireCheckpoint(checkpoint, DiskPool.ensure($1, refreshed: true)) }
        for driver in drivers { _ = try await driver.restoreNetwork(log: log) }
        try await each(drivers) { driver, connection in
            log("Taking \"\(driver.name)\" back...")
            try driver.rewind(to: checkpoint, connection)
        }
        try await goOn(drivers)
        try await waitUntilUsable(names, log: log)
    }

    /// Removes a checkpoint of machines; where there is none that is fine.
    public func removeCheckpoint(_ checkpoint: String, of names: [String], log: @escaping Log) async throws {
        try await each(drivers(names)) { try $0.removeCheckpoint(checkpoint, $1) }
    }

    // MARK: - Parts

    private func drivers(_ names: [String]) throws -> [LibvirtDriver] {
        try names.map { name in
            let machine = try machine(name)
            guard let driver = machine.driver as? LibvirtDriver else {
                throw MachineError.failed(
                    "\(machine.configuration.driverName) driver does not support this: \"\(name)\" is not on libvirt")
            }
            return driver
        }
    }

    /// That the memory of all of them fits where their disks are.
    private func checkRoom(for drivers: [LibvirtDriver]) async throws {
        let mebibytes = drivers.reduce(0) { $0 + ($1.configuration.memory ?? 1024) }
        try await host.perform { try DiskPool.ensure($0).checkRoom(UInt64(mebibytes) << 20) }
    }

    /// Halts all, or none.
    private func pause(_ drivers: [LibvirtDriver]) async throws {
        // Looked at first, so that going back lets none go on that somebody has paused.
        try await each(drivers) { try $0.requireRunningDomain($1) }
        do { try await each(drivers) { try $0.pause($1) } } catch {
            try? await each(drivers) { try $0.unpause($1) }
            throw error
        }
    }

    private func goOn(_ drivers: [LibvirtDriver]) async throws {
        try await each(drivers) { try $0.unpause($1) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for driver in drivers { group.addTask { try await driver.setClock() } }
            try await group.waitForAll()
        }
    }

    private func waitUntilUsable(_ names: [String], log: @escaping Log) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask { [self] in
                    let provisioner = Provisioner(machine: try machine(name), log: log)
                    try await provisioner.ensureRegistry()
                    try await provisioner.waitForEngine()
                }
            }
            try await group.waitForAll()
        }
    }

    /// Does something with all of them at once. All have ended when this returns or throws the first error.
    private func each(
        _ drivers: [LibvirtDriver], _ body: @escaping @Sendable (LibvirtDriver, Connection) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for driver in drivers { group.addTask { try await driver.host.perform { try body(driver, $0) } } }
            try await group.waitForAll()
        }
    }
}

extension Machine {
    /// Writes the machine's memory to disk and ends it; it shows as `Saved`.
    public func suspend(log: @escaping Log) async throws { try await machines.suspend([name], log: log) }

    /// Lets it go on where it was suspended; returns when its engine answers.
    public func resume(log: @escaping Log) async throws { try await machines.resume([name], log: log) }
}
