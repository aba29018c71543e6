import DockerAPIClient
import Foundation

extension Machine {
    /// Runs the provisioner again: new server certificate, the engine's configuration as config.json has it, and the swarmd
    /// that is on this host where the machine has another.
    public func provision(log: @escaping Log) async throws {
        try await requireRunning()
        try await replaceOrchestrator(log: log)
        try await configure(log: log)
    }

    /// The same, but for swarmd.
    private func configure(log: @escaping Log) async throws {
        try await requireRunning()
        log("Waiting for SSH to be available...")
        let provisioner = Provisioner(machine: self, log: log)
        try await provisioner.waitForSSH()
        log("Detecting the provisioner...")
        try await provision(with: provisioner)
    }

    /// Replaces the machine's certificates.
    ///
    /// - Parameter clientCertificates: also the authority and the client's pair, where they have expired.
    public func regenerateCertificates(clientCertificates: Bool, log: @escaping Log) async throws {
        if clientCertificates {
            log("Regenerating local certificates")
            try await machines.certificates.ensure(log: log)
        }
        try await configure(log: log)
    }

    /// Puts the swarmd of this host into the machine, where it runs one and this is another.
    func replaceOrchestrator(log: @escaping Log) async throws {
        guard let driver = driver as? LibvirtDriver, configuration.driver.orchestrator == .swarmd else { return }
        let disk = try await driver.ensureInjectedDisk(try Injection.find(), log: log)
        let replaced = try await driver.replaceInjected(with: disk, log: log)
        guard replaced || configuration.driver.injected != disk.digest else { return }
        // What it boots from is what it runs now.
        var changed = configuration
        changed.driver.injected = disk.digest
        let changedDriver = LibvirtDriver(
            host: driver.host, store: driver.store, configuration: changed.driver, timeout: driver.timeout)
        try await changedDriver.redefine()
        try machines.store.save(changed)
    }

    /// Changes the machine's size; takes effect at its next start.
    ///
    /// - Throws: `MachineError.failed` for drivers whose machines have no size here.
    public mutating func resize(memoryMiB: Int?, cpus: Int?) async throws {
        guard let driver = driver as? LibvirtDriver else {
            throw MachineError.failed("a machine of driver \"\(configuration.driverName)\" cannot be resized from here")
        }
        var changed = configuration
        changed.driver.memory = memoryMiB ?? changed.driver.memory
        changed.driver.cpu = cpus ?? changed.driver.cpu
        let resized = LibvirtDriver(
            host: driver.host, store: driver.store, configuration: changed.driver, timeout: driver.timeout)
        try await resized.redefine()
        try machines.store.save(changed)
        configuration = changed
    }

    func provision(with provisioner: Provisioner) async throws {
        try provisioner.makeCertificates()
        try await provisioner.configure()
        provisioner.log("Checking connection to Docker...")
        try await provisioner.waitForEngine()
    }

    func endpoint(in folder: URL) async throws -> DockerClient.Endpoint {
        var endpoint = try await endpoint()
        endpoint.authority = folder.appending(path: "ca.pem").path
        endpoint.certificate = folder.appending(path: "cert.pem").path
        endpoint.key = folder.appending(path: "key.pem").path
        return endpoint
    }
}
