import ArgumentParser
import DockerAPI
import FoundationEssentials
import Glibc
import Logging
import NIOPosix
import SwarmGateway
import SwarmNode

/// Serves until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve until told to stop (the default).")

    @OptionGroup var directories: Directories
    @Option(help: "The engine's own socket.")
    var engineSocket = "/run/swarmd/engine.sock"
    @Option(help: "Where a link to the node's certificate is made while it is in a swarm.")
    var linkCertificates: String?
    @Option(help: "The socket that clients use.")
    var dockerSocket = "/run/docker.sock"
    @Option(help: "ADDRESS:PORT for clients with certificates.")
    var tlsAddress: String?
    @Option(help: "PEM: who signs clients' certificates.")
    var tlsCa = "/etc/docker/ca.pem"
    @Option(help: "PEM: what is shown to clients.")
    var tlsCert = "/etc/docker/server.pem"
    @Option(help: "PEM: its key.")
    var tlsKey = "/etc/docker/server-key.pem"
    @Option(help: "The least that is logged: debug, info, notice, warning or error.")
    var logLevel = Logger.Level.info

    mutating func validate() throws {
        guard let tlsAddress else { return }
        guard Self.endpoint(tlsAddress) != nil else { throw ValidationError("\"\(tlsAddress)\" is not ADDRESS:PORT") }
    }

    private static func endpoint(_ text: String) -> (address: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), colon > text.startIndex
        else { return nil }
        return (String(text[..<colon]), Int(port))
    }

    func run() async throws {
        var logger = Logger(label: "swarmd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        let log = logger
        try FileManager.default.createDirectory(
            atPath: directories.runDir, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // One that was killed may be ending still.
        guard let lock = try await NodeLock.acquire(directories.stateDir, within: .seconds(10)) else {
            throw ValidationError("another swarmd works with \(directories.stateDir)")
        }
        defer { withExtendedLifetime(lock) {} }
        let group = Self.group
        let engine = EngineDescription(socket: engineSocket, group: group)
        var settings = directories.configuration
        settings.engineSocket = engineSocket
        settings.certificatesLink = linkCertificates
        let node = ClusterNode(settings, group: group, logger: log, now: SystemClock.now) { await Self.describe(engine, log) }
        let gateway = Gateway(
            GatewayConfiguration(
                dockerSocket: dockerSocket, engineSocket: engineSocket,
                endpoint: tlsAddress.flatMap(Self.endpoint).map {
                    TLSEndpoint(address: $0.address, port: $0.port, authority: tlsCa, certificate: tlsCert, key: tlsKey)
                }),
            backend: node, logger: log, group: group)
        try await withTaskExecutorPreference(Self.executor) { try await Self.serve(gateway, for: node) }
    }

    // Until the process ends: tasks may still be on their way then.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private static let executor = EventLoopExecutor(group.next())

    private static func serve(_ gateway: Gateway, for node: ClusterNode) async throws {
        let stop = StopSignals()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await node.run() }
            tasks.addTask { try await gateway.run { _ in ServiceManager.notify("READY=1") } }
            tasks.addTask { await stop.wait() }
            try await tasks.next()
            ServiceManager.notify("STOPPING=1")
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    /// What the engine says, or while it is silent, what the system says.
    private static func describe(_ engine: EngineDescription, _ logger: Logger) async -> SwarmNode.Description {
        do {
            return try await engine.read()
        } catch {
            logger.debug("the engine does not answer", metadata: ["error": "\(error)"])
            var names = utsname()
            uname(&names)
            return SwarmNode.Description(
                hostname: string(&names.nodename),
                platform: SwarmNode.Platform(architecture: string(&names.machine), os: "linux"))
        }
    }

    private static func string<Tuple>(_ tuple: inout Tuple) -> String {
        withUnsafeBytes(of: &tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
