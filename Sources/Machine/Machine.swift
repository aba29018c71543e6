import DockerAPIClient
import Foundation
import Processes

/// One machine: what is written of it and what can be done with it.
public struct Machine: Sendable {
    public internal(set) var configuration: HostConfiguration
    let machines: Machines
    let driver: any Driver

    init(configuration: HostConfiguration, machines: Machines) throws {
        self.configuration = configuration
        self.machines = machines
        self.driver = try machines.driver(for: configuration)
    }

    public var name: String { configuration.name }

    /// - Throws: where the state cannot be told.
    public func state() async throws -> MachineState { try await driver.state() }

    /// The machine's address.
    ///
    /// - Throws: `MachineError.hostNotRunning`.
    public func address() async throws -> String {
        try await requireRunning()
        return configuration.driver.ipAddress
    }

    /// The engine's address, `tcp://ADDRESS:2376`.
    ///
    /// - Throws: `MachineError.hostNotRunning`.
    public func url() async throws -> String {
        if let url = configuration.driver.url, !url.isEmpty { return url }
        return "tcp://\(try await address()):\(enginePort)"
    }

    var enginePort: Int { configuration.driver.enginePort ?? 2376 }

    /// How the machine is reached over SSH.
    public var ssh: SSHClient { Self.ssh(configuration.driver) }

    static func ssh(_ driver: DriverConfiguration) -> SSHClient {
        SSHClient(user: driver.sshUser, host: driver.ipAddress, port: driver.sshPort, keyPath: driver.sshKeyPath)
    }

    /// Where the engine listens and what proves who we are.
    public func endpoint() async throws -> DockerClient.Endpoint {
        let folder = machines.store.folder(of: name)
        let (host, port) = try Self.hostAndPort(try await url())
        return DockerClient.Endpoint(
            host: host, port: port, authority: folder.appending(path: "ca.pem").path,
            certificate: folder.appending(path: "cert.pem").path, key: folder.appending(path: "key.pem").path)
    }

    /// What the engine calls its version, for example `26.1.5`.
    public func engineVersion(timeout: Duration) async throws -> String {
        try await DockerClient.with(try await endpoint(), timeout: timeout) { try await $0.version().version }
    }

    /// Proves that the engine can be reached and is the one our certificates are for.
    ///
    /// - Throws: `MachineError.failed` that says what is wrong: no route, nobody listening, or the certificates.
    public func checkConnection() async throws {
        let endpoint = try await endpoint()
        guard await TCPProbe.connects(host: endpoint.host, port: endpoint.port, timeout: .seconds(20)) else {
            throw MachineError.failed(
                "nothing listens at \(endpoint.host):\(endpoint.port). Is the engine up? "
                    + "\"\(Program.name) ssh \(name) sudo systemctl status docker\" shows it")
        }
        do {
            _ = try await DockerClient.with(endpoint, timeout: .seconds(20)) { try await $0.version() }
        } catch {
            throw MachineError.failed(
                """
                Error checking and/or regenerating the certs: There was an error validating certificates for host \
                "\(endpoint.host):\(endpoint.port)": \(error)
                You can attempt to regenerate them using 'docker-machine regenerate-certs [name]'.
                Be advised that this will trigger a Docker daemon restart which might stop running containers.
                """)
        }
    }

    /// The machine's folder: what `DOCKER_CERT_PATH` points at.
    public var folder: URL { machines.store.folder(of: name) }

    /// The command that shows the machine's console.
    ///
    /// - Throws: `MachineError.failed` where it has none, `.hostNotRunning`.
    public func consoleCommand() async throws -> Command {
        guard let driver = driver as? LibvirtDriver else {
            throw MachineError.failed("a machine of driver \"\(configuration.driverName)\" has no console here")
        }
        try await requireRunning()
        return Command("virsh", ["-c", driver.host.uri, "console", name])
    }

    func requireRunning() async throws {
        let state: MachineState
        do { state = try await self.state() } catch MachineError.failed(let reason) where reason.hasPrefix("cannot connect") {
            throw MachineError.failed(reason)
        } catch { throw MachineError.hostNotRunning }
        guard state == .running else { throw MachineError.hostNotRunning }
    }

    static func hostAndPort(_ url: String) throws -> (String, Int) {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw MachineError.failed("\"\(url)\" is no engine address (for example tcp://192.168.99.100:2376)")
        }
        return (host.trimmingCharacters(in: ["[", "]"]), port)
    }
}
