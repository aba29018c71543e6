import Foundation
import Libvirt

/// A machine that is a libvirt domain.
struct LibvirtDriver: Driver {
    let host: LibvirtHost
    let store: MachineStore
    let configuration: DriverConfiguration
    /// How long a boot, and a shutdown, may take before it is called failed.
    var timeout: Duration = .seconds(300)
    static let shutdownTimeout = Duration.seconds(90)

    var name: String { configuration.machineName }
    var networkName: String { configuration.network ?? LabNetwork.defaultName }
    var networkLock: URL { store.root.appending(path: ".network.lock") }
    /// With the images: stores that share those must not copy one into the pool at the same time.
    var imageLock: URL { store.cache.appending(path: ".pool.lock") }

    func state() async throws -> MachineState {
        let name = name
        return try await host.perform { [self] connection in
            guard let domain = try domain(connection) else {
                throw MachineError.failed(
                    "the libvirt domain \"\(name)\" is gone: \"\(Program.name) start \(name)\" makes it again from its disk, "
                        + "\"\(Program.name) rm \(name)\" removes the rest")
            }
            return Self.machineState(try domain.state().state, saved: try domain.hasManagedSave)
        }
    }

    static func machineState(_ state: DomainState, saved: Bool) -> MachineState {
        switch state {
        case .running, .blocked: .running
        case .paused: .paused
        case .suspended: .saved
        case .shuttingDown: .stopping
        case .shutOff: saved ? .saved : .stopped
        case .crashed: .error
        case .noState: .none
        }
    }

    func start(log: @escaping Log) async throws {
        if (try? await state()) == .paused {
            try await host.perform { [self] in try domain($0)?.resume() }
            return try await setClock()
        }
        let place = try await restoreNetwork(log: log)
        let known: Domain? = try await host.perform { [self] in try domain($0) }
        let machine = if let known { known } else { try await define(place: place) }
        let saved = try await blocking {
            let saved = try machine.hasManagedSave
            try machine.start()
            return saved
        }
        try await waitForAgent()
        if saved { try await setClock() }
    }

    func stop(log: @escaping Log) async throws {
        let domain = try await requireDomain()
        try await blocking {
            // A paused guest cannot shut down.
            if try domain.state().state == .paused { try domain.resume() }
            try domain.shutdown()
        }
        let outcome = try await poll(timeout: Self.shutdownTimeout, every: .milliseconds(200)) {
            try await blocking { try domain.isActive } ? nil : true
        }
        guard outcome.result != nil else {
            throw MachineError.timedOut(
                "\"\(name)\" did not shut down within \(Self.shutdownTimeout.components.seconds) s: "
                    + "\"\(Program.name) kill \(name)\" ends it at once, \"\(Program.name) console \(name)\" shows what it is doing"
            )
        }
    }

    func kill() async throws {
        let domain = try await requireDomain()
        try await blocking { try domain.destroy() }
    }

    func restart(log: @escaping Log) async throws {
        try await stop(log: log)
        try await start(log: log)
    }

    func remove(log: @escaping Log) async throws {
        let lock = try await FileLock.take(networkLock)
        defer { withExtendedLifetime(lock) {} }
        let freed: String? = try await host.perform { [self] connection in
            try removeDomain(connection)
            try DiskPool.find(connection)?.removeDisk(of: name)
            guard let network = try LabNetwork.find(connection, name: networkName) else { return nil }
            try network.release(name: name)
            return try network.removeIfUnused() ? network.gateway : nil
        }
        if let freed { await ImageRegistry(store: store, address: freed).stop() }
    }

    func shell() async throws -> any GuestShell { AgentShell(domain: try await requireDomain()) }

    // MARK: - Parts

    /// Ends and undefines the domain. Blocks.
    ///
    /// libvirtd may still be starting it for a process that was killed, so this goes on until the domain is gone.
    private func removeDomain(_ connection: Connection) throws {
        for attempt in 1...25 {
            guard let domain = try domain(connection) else { return }
            do {
                if try domain.isActive { try domain.destroy() }
                if try domain.isPersistent { try domain.undefine() }
            } catch {
                guard attempt < 25 else { throw error }
            }
            if attempt > 1 { usleep(200_000) }
        }
        guard try domain(connection) == nil else {
            throw MachineError.failed(
                "the libvirt domain \"\(name)\" does not go away: \"virsh -c \(host.uri) destroy \(name)\" ends it")
        }
    }

    /// The machine's domain; nil where there is none. Blocks.
    func domain(_ connection: Connection) throws -> Domain? {
        guard let uuid = configuration.domainUUID else { return nil }
        return try connection.domain(uuid: uuid)
    }

    /// The machine's domain.
    func requireDomain() async throws -> Domain { try await host.perform { [self] in try requireDomain($0) } }

    /// The machine's domain. Blocks.
    func requireDomain(_ connection: Connection) throws -> Domain {
        if let domain = try domain(connection) { return domain }
        throw MachineError.failed("the libvirt domain \"\(name)\" is gone: \"\(Program.name) rm \(name)\" removes the rest")
    }

    /// Puts the network, and the machine's place in it, back where somebody took them away.
    func restoreNetwork(log: Log) async throws -> LabNetwork.Reservation {
        let lock = try await FileLock.take(networkLock)
        defer { withExtendedLifetime(lock) {} }
        guard let mac = configuration.macAddress else {
            throw MachineError.failed("config.json of \"\(name)\" names no MAC address")
        }
        let place = LabNetwork.Reservation(name: name, mac: mac, address: configuration.ipAddress)
        return try await host.perform { [self] connection in
            let subnet = configuration.hostOnlyCIDR.flatMap { try? IPv4Subnet($0) }
            let network = try LabNetwork.ensure(connection, name: networkName, cidr: subnet)
            try network.restore(place)
            return place
        }
    }

    /// The machine's domain as it is to be defined, from the configuration. Blocks.
    ///
    /// - Parameter base: where its kernel is.
    func domainXML(
        _ connection: Connection, base: DiskPool.BaseImage, place: LabNetwork.Reservation, hardwareAcceleration: Bool
    ) throws -> DomainXML {
        guard let uuid = configuration.domainUUID else {
            throw MachineError.failed("config.json of \"\(name)\" names no domain")
        }
        let pool = try DiskPool.ensure(connection)
        guard let disk = try currentLayer(connection, pool) else {
            throw MachineError.failed(
                "the disk of \"\(name)\" is gone: \"\(Program.name) rm \(name)\" and create it again")
        }
        return DomainXML(
            name: name, uuid: uuid, memoryMiB: configuration.memory ?? 1024, cpus: configuration.cpu ?? 1,
            hardwareAcceleration: hardwareAcceleration, base: base, disk: disk, injected: try injectedDisk(pool),
            network: networkName, mac: place.mac, store: store.root.path, consoleLog: try pool.consoleLog(of: name))
    }

    /// Defines the domain anew from the configuration, with what the last look said about acceleration.
    func define(place: LabNetwork.Reservation) async throws -> Domain {
        guard let digest = configuration.image else {
            throw MachineError.failed("config.json of \"\(name)\" names no image")
        }
        let base = try await ensureBase(try ImageCache(store: store).image(digest: digest)) { _ in }
        return try await host.perform { [self] connection in
            let xml = try domainXML(
                connection, base: base, place: place, hardwareAcceleration: acceleration.lastVerdict?.works ?? false)
            return try connection.defineDomain(xml: xml.text)
        }
    }

    /// Whether the disk is larger than the image's, so that the file system in it does not fill it.
    func hasLargerDisk() async throws -> Bool {
        let (wanted, image) = (UInt64(configuration.diskSize ?? 0) * 1_000_000, configuration.image ?? "")
        return try await host.perform { connection in
            try DiskPool.ensure(connection).capacity(ofBase: image) < wanted
        }
    }

    /// Waits until the guest agent answers: the guest has booted as far as running programs.
    func waitForAgent() async throws { try await Self.waitForAgent(of: requireDomain(), timeout: timeout) }

    static func waitForAgent(of domain: Domain, timeout: Duration) async throws {
        let outcome = try await poll(timeout: timeout, every: .milliseconds(100)) {
            guard try await blocking({ try domain.isActive }) else {
                throw FinalError(underlying: MachineError.failed("\"\(domain.name)\" has stopped while it was booting"))
            }
            return try await AgentShell(domain: domain).answers()
        }
        guard outcome.result != nil else {
            throw MachineError.timedOut(
                "the guest agent of \"\(domain.name)\" did not answer within \(timeout.components.seconds) s"
                    + (outcome.lastError.map { " (last: \($0))" } ?? ""))
        }
    }
}
