import Foundation
import Machine
import Processes

/// The machines of one store, on libvirt: what a lab stands on outside of tests.
public struct VirtualMachineFleet: Fleet {
    let machines: Machines
    /// Where `docker-machine` is; host steps find it there first.
    let programs: URL

    /// - Parameters:
    ///   - storagePath: the store.
    ///   - libvirtURI: nil takes `LIBVIRT_DEFAULT_URI`, else `qemu:///system`.
    ///   - programs: the folder in which host steps find `docker-machine`.
    public init(storagePath: URL, libvirtURI: String? = nil, programs: URL) {
        self.machines = Machines(store: MachineStore(root: storagePath), libvirtURI: libvirtURI)
        self.programs = programs
    }

    public func machines() async throws -> [FleetMachine] {
        await withTaskGroup(of: FleetMachine.self) { group in
            for (name, loaded) in machines.all() { group.addTask { await Self.look(name, loaded) } }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.name < $1.name }
        }
    }

    private static func look(_ name: String, _ loaded: Result<Machine, any Error>) async -> FleetMachine {
        guard let machine = try? loaded.get() else { return FleetMachine(name: name, state: .error, driver: "") }
        let driver = machine.configuration.driverName
        let id = machine.configuration.driver.domainUUID
        guard let state = try? await machine.state() else {
            return FleetMachine(name: name, id: id, state: .notFound, driver: driver)
        }
        return FleetMachine(
            name: name, id: id, state: FleetMachine.State(rawValue: state.rawValue) ?? .unknown,
            address: try? await machine.address(), driver: driver, url: try? await machine.url())
    }

    public func check(_ orchestrator: Orchestrator) throws {
        switch orchestrator {
        case .engine: try machines.check(.engine)
        case .swarmd: try machines.check(.swarmd)
        }
    }

    public func create(_ spec: MachineSpec, log: @escaping @Sendable (String) -> Void) async throws {
        var request = CreateRequest(name: spec.name)
        request.driverName = spec.driver
        request.memoryMiB = spec.memoryMiB
        request.cpus = spec.cpus
        request.diskMB = spec.diskMB
        request.orchestrator =
            switch spec.orchestrator {
            case .engine: .engine
            case .swarmd: .swarmd
            }
        request.cidr = try spec.network.map { try IPv4Subnet($0, networkAddressMeansFirstHost: true) }
        request.engine.labels = spec.engine.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        request.engine.arbitraryFlags = spec.engine.options
        request.engine.insecureRegistries = spec.engine.insecureRegistries
        request.engine.registryMirrors = spec.engine.registryMirrors
        request.engine.environment = spec.engine.env.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        try await machines.create(request, log: log)
    }

    public func start(_ name: String) async throws { try await machines.machine(name).start { _ in } }
    public func stop(_ name: String) async throws { try await machines.machine(name).stop { _ in } }
    public func kill(_ name: String) async throws { try await machines.machine(name).kill { _ in } }

    public func remove(_ name: String) async throws {
        await machines.recover { _ in }
        guard machines.store.exists(name) else { return }
        try await machines.machine(name).remove { _ in }
    }

    public func run(
        _ command: String, on name: String, input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult {
        let machine = try machines.machine(name)
        _ = try await machine.address()
        var ssh = try machine.ssh.command([command])
        ssh.input = input
        return try await Self.run(ssh, timeout: timeout, output: output)
    }

    public func runOnHost(
        _ command: String, directory: URL, environment: [String: String], input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult {
        var bash = Processes.Command("bash", ["-c", command])
        bash.directory = directory
        bash.input = input
        let path = environment["PATH"] ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        bash.environment = environment.mapValues { $0 }
        bash.environment["PATH"] = path.split(separator: ":").contains { $0 == programs.path } ? path : "\(programs.path):\(path)"
        bash.environment["MACHINE_STORAGE_PATH"] = machines.store.root.path
        bash.environment["MACHINE_CACHE_PATH"] = machines.store.cache.path
        bash.environment["LIBVIRT_DEFAULT_URI"] = machines.libvirtURI
        return try await Self.run(bash, timeout: timeout, output: output)
    }

    public func environment(of name: String) async throws -> [String: String] {
        let machine = try machines.machine(name)
        return [
            "DOCKER_TLS_VERIFY": "1", "DOCKER_HOST": try await machine.url(), "DOCKER_CERT_PATH": machine.folder.path,
            "DOCKER_MACHINE_NAME": name,
        ]
    }

    public func shell(on name: String) async throws -> Int32 {
        let machine = try machines.machine(name)
        _ = try await machine.address()
        return try machine.ssh.command().runAttached()
    }

    public func swarm(of name: String) async throws -> any SwarmControl {
        EngineSwarm(endpoint: try await machines.machine(name).endpoint())
    }

    private static func run(
        _ command: Processes.Command, timeout: Duration, output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult {
        var command = command
        command.timeout = timeout
        do {
            return try await command.run { stream, data in
                output(OutputChunk(stream == .standardOutput ? .stdout : .stderr, data))
            }
        } catch CommandError.timedOut { throw CommandTimedOut(after: timeout) }
    }
}
