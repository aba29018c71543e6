import Foundation
import Processes

extension Machines {
    /// Makes a machine: all of it, or nothing.
    ///
    /// It is put together in a folder that is no machine yet and holds, before anything else is made, what would
    /// have to be taken down again. When all is done the folder gets the machine's name. Failure and cancelling
    /// take everything down; after a crash the next `create` or `rm` does (`recover`).
    /// - Parameter log: told each step, in docker-machine's words.
    public func create(_ request: CreateRequest, log: @escaping Log) async throws {
        guard MachineName.isValid(request.name) else { throw MachineError.invalidName(request.name) }
        let kind = try CreateRequest.kind(ofDriver: request.driverName)
        let lock = try await claim(request.name)
        defer { withExtendedLifetime(lock) {} }
        let staging = store.stagingFolder(of: request.name)
        do {
            try await certificates.ensure(log: log)
            log("Running pre-create checks...")
            let plan = try await plan(request, kind: kind)
            try plan.configuration.write(to: staging.appending(path: "config.json"))
            log("Creating machine...")
            try await build(request, plan: plan, staging: staging, log: log)
        } catch {
            // Not in this task: it may have been cancelled, and taking down must run to its end.
            await Task { [self] in await abandon(request, staging: staging, log: log) }.value
            throw error
        }
        if kind != .none { log("Docker is up and running!") }
    }

    /// Sees that machines with that orchestrator can be made.
    ///
    /// - Throws: `MachineError.failed` that says what is missing and what to do about it.
    public func check(_ orchestrator: Orchestrator) throws {
        if orchestrator == .swarmd { _ = try Injection.find() }
    }

    /// Takes down what a `create` that was killed left half made.
    ///
    /// - Parameter log: told each machine that is taken down.
    public func recover(log: @escaping Log) async {
        for (name, lock) in (try? await abandoned()) ?? [] {
            log("Removing what an interrupted create of \"\(name)\" left...")
            do { try await takeDown(store.stagingFolder(of: name)) } catch { log("It cannot be removed yet: \(error)") }
            withExtendedLifetime(lock) {}
        }
    }

    /// The machines that were being made by processes that are no more, each with the lock that makes it ours.
    private func abandoned() async throws -> [(name: String, lock: FileLock)] {
        let suffix = ".creating"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: store.machines.path)) ?? []
        guard entries.contains(where: { $0.hasSuffix(suffix) }) else { return [] }
        // A create that has made its folder and not locked it yet is not to be mistaken for a dead one.
        let gate = try await FileLock.take(store.claimLock)
        defer { withExtendedLifetime(gate) {} }
        return entries.filter { $0.hasPrefix(".") && $0.hasSuffix(suffix) }.compactMap { entry in
            let name = String(entry.dropFirst().dropLast(suffix.count))
            let staging = store.stagingFolder(of: name)
            // Its owner may have finished since the listing.
            guard FileManager.default.fileExists(atPath: staging.path),
                let lock = try? FileLock.tryTake(staging.appending(path: "lock"))
            else { return nil }
            try? Data().writePrivately(to: Self.abandonedMark(staging))
            return (name, lock)
        }
    }

    /// What will be made, decided before anything is.
    struct Plan: Sendable {
        var configuration: HostConfiguration
        var image: GuestImage?
        /// What is put into it besides.
        var injection: Injection?
    }

    // MARK: - Steps

    private func claim(_ name: String) async throws -> FileLock {
        try MachineStore.makeFolder(store.machines)
        await recover(log: { _ in })
        let staging = store.stagingFolder(of: name)
        while true {
            let gate = try await FileLock.take(store.claimLock)
            defer { withExtendedLifetime(gate) {} }
            guard !store.exists(name) else { throw MachineError.alreadyExists(name) }
            try MachineStore.makeFolder(staging)
            if let lock = try FileLock.tryTake(staging.appending(path: "lock")) { return lock }
            guard FileManager.default.fileExists(atPath: Self.abandonedMark(staging).path) else {
                throw MachineError.alreadyExists(name)
            }
            // Another process is taking down what a dead one left under this name: it will be free in a moment.
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// In a staging folder that is being taken down by somebody who did not make it.
    private static func abandonedMark(_ staging: URL) -> URL { staging.appending(path: "abandoned") }

    private func plan(_ request: CreateRequest, kind: CreateRequest.Kind) async throws -> Plan {
        let folder = store.folder(of: request.name)
        let keyPath = kind == .generic ? request.sshKey : folder.appending(path: "id_rsa").path
        var driver = DriverConfiguration(
            machineName: request.name, sshUser: request.sshUser, sshKeyPath: keyPath, storePath: store.root.path)
        var image: GuestImage?
        var injection: Injection?
        switch kind {
        case .none:
            driver.url = request.url
            driver.ipAddress = try Machine.hostAndPort(request.url).0
        case .generic:
            driver.ipAddress = request.host
            driver.sshPort = request.sshPort
            driver.enginePort = request.enginePort
        case .libvirt:
            (image, injection) = try await preCreateChecks(request)
            driver.libvirtURI = host.uri
            driver.memory = request.memoryMiB
            driver.cpu = request.cpus
            driver.diskSize = request.diskMB
            driver.network = request.network ?? LabNetwork.defaultName
            driver.domainUUID = UUID().uuidString.lowercased()
            driver.image = image?.digest
            driver.orchestrator = request.orchestrator
        }
        let auth = AuthOptions(
            certificateFolder: store.certificates.path, authorityPath: certificates.paths.authority.path,
            authorityKeyPath: certificates.paths.authorityKey.path,
            clientCertificatePath: certificates.paths.client.path, clientKeyPath: certificates.paths.clientKey.path,
            serverCertificatePath: folder.appending(path: "server.pem").path,
            serverKeyPath: folder.appending(path: "server-key.pem").path, serverNames: request.serverNames,
            storePath: folder.path)
        return Plan(
            configuration: HostConfiguration(
                name: request.name, driverName: request.driverName, driver: driver,
                options: HostOptions(engine: request.engine, auth: auth)),
            image: image, injection: injection)
    }

    private func preCreateChecks(_ request: CreateRequest) async throws -> (GuestImage, Injection?) {
        do {
            let cache = ImageCache(store: store)
            let image = try request.image.map { try cache.image(digest: $0) } ?? cache.currentGuestImage()
            let injection = request.orchestrator == .swarmd ? try Injection.find() : nil
            let name = request.name
            try await host.perform { connection in
                guard try connection.domain(named: name) == nil else {
                    throw MachineError.failed(
                        "libvirt has a domain \"\(name)\" already that is not from this store: choose another name, or remove it "
                            + "with \"virsh undefine \(name)\"")
                }
            }
            return (image, injection)
        } catch { throw MachineError.preCreateCheck("\(error)") }
    }

    private func build(_ request: CreateRequest, plan: Plan, staging: URL, log: @escaping Log) async throws {
        guard let image = plan.image else { return try await adopt(request, plan: plan, staging: staging, log: log) }
        let prefixed: Log = { log("(\(request.name)) \($0)") }
        let bare = LibvirtDriver(
            host: host, store: store, configuration: plan.configuration.driver, timeout: request.timeout)
        var configuration = plan.configuration
        let blueprint: LibvirtDriver.Blueprint
        do { blueprint = try await bare.plan(request, image: image, injection: plan.injection, log: prefixed) } catch {
            throw Self.inDriver(error)
        }
        configuration.driver = blueprint.configuration
        try configuration.write(to: staging.appending(path: "config.json"))

        let machine = try Machine(configuration: configuration, machines: self)
        let provisioner = Provisioner(machine: machine, folder: staging, log: log, timeout: request.timeout)
        let driver = LibvirtDriver(
            host: host, store: store, configuration: configuration.driver, timeout: request.timeout)
        // Keys and certificates take as long as a fork does: both at once.
        async let identity: Void = {
            prefixed("Creating SSH key...")
            try await SSHClient.makeKey(at: staging.appending(path: "id_rsa").path)
            try provisioner.makeCertificates()
        }()
        do { try await driver.build(blueprint, diskMB: request.diskMB, log: prefixed) } catch {
            try? await identity
            throw Self.inDriver(error)
        }
        log("Waiting for machine to be running, this may take a few minutes...")
        do { try await driver.waitForAgent() } catch MachineError.timedOut(let text) {
            throw MachineError.creating(
                "Error waiting for machine to be running: \(await driver.explain(text, machine: request.name))")
        }
        try await identity
        log("Detecting operating system of created instance...")
        log("Waiting for SSH to be available...")
        log("Detecting the provisioner...")
        log("Provisioning with debian...")
        do {
            if blueprint.template == nil {
                try await provisioner.configure()
            } else {
                try await provisioner.personalize(
                    driver.requireDomain(), place: blueprint.place, prefixLength: blueprint.prefixLength)
            }
            if try await driver.hasLargerDisk() { try await provisioner.growFileSystem() }
            log("Checking connection to Docker...")
            try await provisioner.waitForEngine()
        } catch let error as CancellationError { throw error } catch {
            throw MachineError.creating("Error running provisioning: \(error)")
        }
        try await provisioner.waitForSSH()
        try finish(request.name, staging: staging)
    }

    /// A host that exists already.
    private func adopt(_ request: CreateRequest, plan: Plan, staging: URL, log: @escaping Log) async throws {
        guard try CreateRequest.kind(ofDriver: request.driverName) != .none else {
            try certificates.copyClientFiles(to: staging)
            return try finish(request.name, staging: staging)
        }
        let machine = try Machine(configuration: plan.configuration, machines: self)
        let provisioner = Provisioner(machine: machine, folder: staging, log: log, timeout: request.timeout)
        log("Waiting for machine to be running, this may take a few minutes...")
        log("Detecting operating system of created instance...")
        log("Waiting for SSH to be available...")
        try await provisioner.waitForSSH()
        log("Detecting the provisioner...")
        log("Provisioning with debian...")
        do { try await machine.provision(with: provisioner) } catch let error as CancellationError { throw error } catch {
            throw MachineError.creating("Error running provisioning: \(error)")
        }
        try finish(request.name, staging: staging)
    }

    private static func inDriver(_ error: any Error) -> any Error {
        error is CancellationError
            ? error : MachineError.creating("Error in driver during machine creation: \(error)")
    }

    private func finish(_ name: String, staging: URL) throws {
        guard rename(staging.path, store.folder(of: name).path) == 0 else {
            throw MachineError.failed("cannot name \(store.folder(of: name).path): \(String(cString: strerror(errno)))")
        }
        try? FileManager.default.removeItem(at: store.folder(of: name).appending(path: "lock"))
    }

    private func abandon(_ request: CreateRequest, staging: URL, log: @escaping Log) async {
        let made = FileManager.default.fileExists(atPath: staging.appending(path: "config.json").path)
        if request.keepsOnFailure, made, (try? finish(request.name, staging: staging)) != nil {
            log("Keeping \"\(request.name)\" as it is: \"\(Program.name) rm \(request.name)\" removes it.")
            return
        }
        do { try await takeDown(staging) } catch {
            log("Not everything of \"\(request.name)\" could be removed: \(error). The next create or rm tries again.")
        }
    }

    private func takeDown(_ staging: URL) async throws {
        let file = staging.appending(path: "config.json")
        if FileManager.default.fileExists(atPath: file.path) {
            let configuration = try HostConfiguration(contentsOf: file)
            try await driver(for: configuration).remove(log: { _ in })
        }
        // Out of the way first, in one step: the name may be claimed again while its files go.
        let leaving = store.machines.appending(path: ".removed-\(UUID().uuidString)")
        try FileManager.default.moveItem(at: staging, to: leaving)
        try FileManager.default.removeItem(at: leaving)
    }
}
