import DockerAPI
import FoundationEssentials
import Logging
import NIOPosix
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

/// A manager: its server on the management port, its copy of the swarm's state, and while it leads, the leader's work.
public struct Manager: Sendable {
    public let control: Control
    public let view: ClusterView
    private let nodeID: String
    private let server: ManagementServer
    let leading = Leading()
    private let members: any StoreMembers
    private let leadership: AsyncStream<LeadershipState>
    private let objects: ClusterStore
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// - Parameters:
    ///   - store: sealed with `dataKey`.
    ///   - leadership: who leads, whenever that changes.
    ///   - listen: where the management port is served.
    public init(
        nodeID: String, store: any Store, members: any StoreMembers, leadership: AsyncStream<LeadershipState>, dataKey: DataKey,
        identity: ServerIdentity, listen: Endpoint, group: MultiThreadedEventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) throws {
        self.nodeID = nodeID
        self.members = members
        self.leadership = leadership
        self.now = now
        self.logger = logger
        objects = ClusterStore(store)
        view = ClusterView(store, logger: logger)
        control = Control(objects, members: members, view: view, now: now)
        server = try ManagementServer(
            host: listen.host, port: listen.port, identity: identity,
            services: [
                CertificateService(objects: objects, now: now),
                MembershipService(objects: objects, members: members, dataKey: dataKey, now: now),
                DispatcherService(leading: leading, view: view, now: now),
                LogService(leading: leading, view: view),
                AttachmentService(leading: leading, view: view, now: now),
            ], group: group)
    }

    /// The port that it serves; nil if it cannot be had.
    public var port: Int? { get async { await server.port } }

    /// Serves, and leads when it is its turn, until cancelled.
    ///
    /// - Throws: when the port cannot be had or the store is lost for good.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await view.run() }
            group.addTask { try await server.run() }
            group.addTask { try await followLeadership() }
            defer {
                leading.current?.finish()
                leading.current = nil
                group.cancelAll()
            }
            try await group.next()
        }
    }

    private func followLeadership() async throws {
        var term: Task<Void, Never>?
        defer { term?.cancel() }
        for await state in leadership {
            term?.cancel()
            await term?.value
            term = nil
            if case .leader(let fence) = state {
                logger.notice("this manager leads", metadata: ["since": "\(fence.modRevision)"])
                term = Task(executorPreference: Task.executor) { await lead(fence: fence) }
            }
        }
    }

    private func lead(fence: Fence) async {
        // The copy must hold what the leader before has written: its own key is newer than all of that.
        for await state in view.states() where state.revision >= fence.modRevision { break }
        guard !Task.isCancelled, let state = view.current else { return }
        let sessions = Sessions(known: Array(state.nodes.keys), patience: .ofThisHost) { ContinuousClock.now }
        let orchestration = OrchestrationLoop(fence: fence, store: objects.store, view: view, now: now, logger: logger)
        let term = LeaderTerm(
            sessions: sessions, orchestration: orchestration, logs: LogBroker(sessions: sessions, board: orchestration.board))
        leading.current = term
        defer {
            leading.current = nil
            term.finish()
        }
        do {
            try await LeaderLoops(
                nodeID: nodeID, fence: fence, objects: objects, members: members, view: view, sessions: sessions,
                orchestration: orchestration, now: now, logger: logger
            ).run()
        } catch is CancellationError {
        } catch {
            logger.notice("this manager leads no more", metadata: ["reason": "\(error)"])
        }
    }
}
