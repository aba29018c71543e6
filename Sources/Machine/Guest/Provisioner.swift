import DockerAPIClient
import Foundation
import Libvirt
import Processes

/// Gives a host its identity and its engine's configuration, and waits until both can be used.
struct Provisioner: Sendable {
    let machine: Machine
    /// Where the machine's files are: its folder, or where it is being put together.
    let folder: URL
    let log: Log
    let timeout: Duration

    init(machine: Machine, folder: URL? = nil, log: @escaping Log, timeout: Duration = .seconds(300)) {
        self.timeout = timeout
        self.machine = machine
        self.folder = folder ?? machine.folder
        self.log = log
    }

    private var options: HostOptions { machine.configuration.options }
    private var driver: DriverConfiguration { machine.configuration.driver }

    /// Signs a server certificate for the machine's names and address and copies the client's files.
    func makeCertificates() throws {
        log("Copying certs to the local machine directory...")
        try machine.machines.certificates.copyClientFiles(to: folder)
        let names = options.auth.serverNames + [driver.ipAddress, machine.name, "localhost", "127.0.0.1"]
        var seen = Set<String>()
        try machine.machines.certificates.makeServerFiles(
            in: folder, machine: machine.name, names: names.filter { seen.insert($0).inserted })
    }

    /// Writes everything into the guest and starts its engine.
    func configure() async throws {
        let shell = try await machine.driver.shell()
        let gateway = try await gateway()
        let engine = try await engine(gateway: gateway)
        log("Copying certs to the remote machine...")
        log("Setting Docker configuration on the remote daemon...")
        let script = ProvisioningScript(
            hostname: machine.name, login: try login(), nameServer: gateway, authority: try text("ca.pem"),
            certificate: try text("server.pem"), key: try text("server-key.pem"), engine: engine)
        do {
            try await shell.check(try script.text(), doing: "provisioning \"\(machine.name)\"", timeout: timeout)
        } catch let error as CommandError {
            guard case .timedOut = error else { throw error }
            throw MachineError.timedOut(
                await machine.driver.explain(
                    "provisioning did not end within \(timeout.components.seconds) s.", machine: machine.name))
        }
    }

    /// Makes a machine of its own of a fork, whose engine runs already.
    func personalize(_ domain: Domain, place: LabNetwork.Reservation, prefixLength: Int) async throws {
        let gateway = try await gateway()
        let engine = try await engine(gateway: gateway)
        log("Copying certs to the remote machine...")
        log("Setting Docker configuration on the remote daemon...")
        guard let login = try login() else { throw MachineError.failed("\"\(machine.name)\" has no login") }
        let identity = ForkIdentity(
            hostname: machine.name, uuid: domain.uuid, mac: place.mac, address: "\(place.address)/\(prefixLength)",
            login: login, hostKey: try await SSHClient.makeHostKey(in: folder), nameServer: gateway,
            authority: try text("ca.pem"), certificate: try text("server.pem"), key: try text("server-key.pem"), engine: engine)
        let shell = AgentShell(domain: domain)
        var random = SystemRandomNumberGenerator()
        try await shell.write(try identity.text(using: &random), to: "/run/swarmlab/identity")
        let outcome = try await poll(timeout: timeout, every: .milliseconds(20)) { try await shell.read("/run/swarmlab/became") }
        guard let answer = outcome.result else {
            throw MachineError.timedOut(
                await machine.driver.explain(
                    "the fork has not become \"\(machine.name)\" within \(timeout.components.seconds) s.", machine: machine.name))
        }
        guard answer == "ok\n" else {
            throw MachineError.failed("the fork does not become \"\(machine.name)\": \(answer)")
        }
        if engine.needsRestart {
            log("Restarting the engine, which takes some of its options only then...")
            try await configure()
        }
    }

    /// Makes the guest's file system as large as its disk.
    func growFileSystem() async throws {
        try await machine.driver.shell().check("/usr/lib/swarmlab/grow", doing: "growing the file system of \"\(machine.name)\"")
    }

    private func engine(gateway: String?) async throws -> EngineConfiguration {
        let mirrored = try await ensureRegistry()
        return EngineConfiguration(
            provider: machine.configuration.driverName, options: options.engine,
            mirror: mirrored ? gateway.map { ImageRegistry(store: machine.machines.store, address: $0).url } : nil)
    }

    /// Sees that the lab network's image registry runs.
    ///
    /// - Returns: whether there is one.
    @discardableResult
    func ensureRegistry() async throws -> Bool {
        guard let gateway = try await gateway() else { return false }
        if try await ImageRegistry(store: machine.machines.store, address: gateway).ensureRunning() { return true }
        log(
            "There are no container images to serve, so its engine pulls from the internet: "
                + "\"\(Program.name) image build containers\" builds them.")
        return false
    }

    func waitForSSH() async throws {
        let client = machine.ssh
        guard !client.host.isEmpty else { return }
        let outcome = try await poll(timeout: timeout, every: .milliseconds(200)) {
            await TCPProbe.connects(host: client.host, port: client.port, timeout: .seconds(2)) ? true : nil
        }
        guard outcome.result != nil else {
            throw MachineError.timedOut(
                await machine.driver.explain(
                    "Too many retries waiting for SSH to be available. Nothing answers at \(client.host):\(client.port) "
                        + "after \(timeout.components.seconds) s.", machine: machine.name))
        }
    }

    /// Waits until the engine answers over TLS, and says what its log says where it does not.
    func waitForEngine() async throws {
        let endpoint = try await machine.endpoint(in: folder)
        var cause: (any Error)?
        let outcome = try await DockerClient.with(endpoint, timeout: .seconds(5)) { client in
            try await poll(timeout: timeout, every: .milliseconds(100)) {
                try await client.ping()
                return true
            }
        }
        if outcome.result != nil { return }
        cause = outcome.lastError
        var text =
            "Unable to verify the Docker daemon is listening: nothing answers at "
            + "\(endpoint.host):\(endpoint.port) after \(timeout.components.seconds) s"
        if let cause { text += " (last: \(cause))" }
        if let shell = try? await machine.driver.shell(),
            let journal = try? await shell.run("journalctl -u docker -u swarmd -n 15 --no-pager -o cat", timeout: .seconds(30))
        {
            text += "\nThe end of its log:\n\(journal.text)"
        }
        text += "\nTry: \(Program.name) ssh \(machine.name) sudo systemctl status docker"
        throw MachineError.timedOut(text)
    }

    private func login() throws -> (user: String, publicKey: String)? {
        guard machine.driver is LibvirtDriver else { return nil }
        return (driver.sshUser, try text("id_rsa.pub"))
    }

    private func gateway() async throws -> String? {
        guard let driver = machine.driver as? LibvirtDriver else { return nil }
        return try await driver.host.perform { try LabNetwork.find($0, name: driver.networkName)?.gateway }
    }

    private func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }
}
