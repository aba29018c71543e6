import DockerAPI
import GRPCCore
import SwarmModel
import SwarmRPC
import SwarmSecurity
import Synchronization

/// What a manager has while it leads.
struct LeaderTerm: Sendable {
    let sessions: Sessions
    let orchestration: OrchestrationLoop
    let logs: LogBroker

    /// Ends all that others wait for.
    func finish() {
        sessions.finish()
        logs.finish()
    }
}

/// Whether this manager leads, for its services.
final class Leading: Sendable {
    private let term = Mutex<LeaderTerm?>(nil)

    /// The leader's, while this manager leads.
    var current: LeaderTerm? {
        get { term.withLock { $0 } }
        set { term.withLock { $0 = newValue } }
    }
}

/// Keeps a session with every node, while this manager leads.
struct DispatcherService: WireDispatcher.SimpleServiceProtocol {
    let leading: Leading
    let view: ClusterView
    let now: @Sendable () -> Timestamp
    /// How often something is said to a node.
    static let beat: Duration = .seconds(1)

    func session(
        request: RPCAsyncSequence<WireAgentMessage, any Error>, response: RPCWriter<WireManagerMessage>, context: ServerContext
    ) async throws {
        let (peer, term) = try caller(context)
        let (node, sessions) = (peer.nodeID, term.sessions)
        // Nothing may be lost: a node that does not read what it is told is left, and begins anew.
        let (outgoing, queue) = AsyncStream<WireManagerMessage>.makeStream(bufferingPolicy: .bufferingOldest(4096))
        let send: @Sendable (WireManagerMessage) -> Void = { message in
            if case .dropped = queue.yield(message) { queue.finish() }
        }
        let session = sessions.open(node, until: Timestamp(peer.notAfter), send: send) { queue.finish() }
        defer { sessions.close(node, session: session) }
        let address = context.callerAddress
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { queue.finish() }
                for try await message in request {
                    sessions.heard(node, session: session)
                    switch message.message {
                    case .report(let report):
                        guard let report = try? NodeReport(report) else {
                            throw RPCError(code: .invalidArgument, message: "the node's report cannot be read")
                        }
                        sessions.reported(node, report, address: address)
                    case .beat(let beat): send(.with { $0.beat = beat })
                    case .statuses(let wire):
                        guard let reports = try? wire.statuses.map(TaskReport.init) else {
                            throw RPCError(code: .invalidArgument, message: "the statuses of tasks cannot be read")
                        }
                        term.orchestration.reported(reports, by: node)
                    case nil: break
                    }
                }
            }
            group.addTask {
                var last: NodeOrders?
                for await state in view.states() {
                    guard let orders = state.orders(for: node) else { break }
                    if orders != last { send(.with { $0.orders = orders.wire }) }
                    last = orders
                }
                queue.finish()
            }
            group.addTask {
                var tracker = AssignmentTracker()
                var cursor = NetworkLedger.Cursor()
                let board = term.orchestration.board
                for await _ in board.changes(of: node, and: view) {
                    guard let tasks = board.tasks(of: node), let state = view.current else { continue }
                    // Who is that late is to begin anew.
                    guard let network = board.networkChanges(of: node, since: &cursor, in: state) else { return queue.finish() }
                    guard let assignments = tracker.next(tasks, network: network, in: state) else { continue }
                    for message in try assignments.wire() { send(.with { $0.assignments = message }) }
                    // What comes right after it goes together.
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            for subscription in term.logs.subscriptions() { send(subscription) }
            for await message in outgoing { try await response.write(message) }
            group.cancelAll()
        }
        // With a certificate that it has by now, the node comes back at once.
        if Timestamp(peer.notAfter) < now() { return }
        throw Self.ending(of: node, as: view.current)
    }

    func leave(request: WireLeaveRequest, context: ServerContext) async throws -> WireLeaveResponse {
        let (peer, term) = try caller(context)
        term.sessions.left(peer.nodeID)
        return WireLeaveResponse()
    }

    /// What a node is told when its session ends: it was removed, or this manager leads no more. A manager that is just stopping knows
    /// nothing of anybody, and nobody is removed by that.
    static func ending(of node: String, as state: ClusterState?) -> any Error {
        guard let state else { return NotLeader(leader: nil) }
        return state.nodes[node] == nil ? unknown(node) : NotLeader(leader: state.leader?.address)
    }

    func publishLogs(
        request: RPCAsyncSequence<WireLogBatch, any Error>, context: ServerContext
    ) async throws -> WirePublishLogsResponse {
        let (peer, term) = try caller(context)
        return try await LogPublication(node: peer.nodeID, broker: term.logs).run(request)
    }

    private var leader: String? { view.current?.leader?.address }

    private func caller(_ context: ServerContext) throws -> (PeerIdentity, LeaderTerm) {
        guard case .node(let peer) = Caller(context) else {
            throw RPCError(code: .permissionDenied, message: "only nodes of this swarm may do that")
        }
        guard let term = leading.current, let state = view.current else { throw NotLeader(leader: leader) }
        guard state.nodes[peer.nodeID] != nil else { throw Self.unknown(peer.nodeID) }
        return (peer, term)
    }

    /// Told to a node that was removed.
    static func unknown(_ node: String) -> RPCError {
        RPCError(code: .notFound, message: "node \(node) is not part of this swarm")
    }
}

extension ClusterState {
    /// What a node should be; nil if it is not part of the swarm.
    func orders(for id: String) -> NodeOrders? {
        guard let node = nodes[id]?.value, let cluster else { return nil }
        // What the node's description says of its issuer is a report or two old at most: an order too many does no harm.
        let isOld = cluster.nextRoot != nil && !cluster.isIssuer(node.description.tlsInfo)
        return NodeOrders(
            role: node.role, renewsCertificate: isOld,
            managers: Dictionary(
                managers.compactMap { manager in manager.manager.map { (manager.id, $0.address) } }
            ) { first, _ in first },
            roots: cluster.trustedRoots)
    }
}
