import FoundationEssentials
import Logging
import NIOCore
import NIOPosix

/// The Docker Engine API's public face of a node.
///
/// What belongs to the swarm is answered with the help of a `SwarmBackend`; everything else goes to the engine and back byte for
/// byte, including hijacked and upgraded connections.
public struct Gateway: Sendable {
    private let configuration: GatewayConfiguration
    private let backend: any SwarmBackend
    private let logger: Logger
    private let group: (any EventLoopGroup)?
    /// How much clients may take of time and memory.
    var limits = GatewayLimits()

    /// - Parameter group: event loops to run on; nil for one loop of its own.
    public init(
        _ configuration: GatewayConfiguration, backend: any SwarmBackend, logger: Logger, group: (any EventLoopGroup)? = nil
    ) {
        self.configuration = configuration
        self.backend = backend
        self.logger = logger
        self.group = group
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listening: is called once clients can connect, with the TLS port where there is one.
    /// - Throws: what goes wrong while the listeners are made.
    public func run(listening: @Sendable (_ port: Int?) -> Void = { _ in }) async throws {
        if let group {
            try await serve(on: group, listening: listening)
        } else {
            let own = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let result: Result<Void, any Error>
            do {
                try await serve(on: own, listening: listening)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try? await own.shutdownGracefully()
            try result.get()
        }
    }

    private func serve(on group: any EventLoopGroup, listening: @Sendable (Int?) -> Void) async throws {
        let engine = Engine(socket: configuration.engineSocket, group: group)
        let service = GatewayService(
            engine: engine, identity: EngineIdentity(engine), backend: backend, events: SwarmEventHub(backend), logger: logger,
            limits: limits, now: { .init(nanoseconds: Int64(Date.now.timeIntervalSince1970 * 1000) * 1_000_000) })
        let (connections, accepted) = AsyncStream<Listener.Accepted>.makeStream()
        let local = try await Listener.unix(path: configuration.dockerSocket, group: group, accepted: accepted)
        var listeners = [local]
        defer { for listener in listeners { listener.close() } }
        var port: Int?
        if let endpoint = configuration.endpoint {
            let remote = try await Listener.tls(endpoint, group: group, accepted: accepted)
            listeners.append(remote)
            port = remote.port
        }
        logger.info(
            "serving the Docker API",
            metadata: ["socket": "\(configuration.dockerSocket)", "port": "\(port.map(String.init) ?? "none")"])
        listening(port)
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await service.events.run() }
            for await connection in connections {
                tasks.addTask { await Session(service: service, accepted: connection).run() }
            }
            tasks.cancelAll()
        }
    }
}
