import DockerAPI
import Logging
import SwarmModel
import SwarmRPC
import Synchronization

/// The leader's sessions with nodes: what is heard of them goes to the monitor, what is decided of them goes out.
final class Sessions: Sendable {
    /// What the rest of the leader is told.
    enum Event: Sendable {
        case reported(node: String, NodeReport, address: String?)
        case returned(node: String)
        case gone(node: String)
        case left(node: String)
    }

    private struct Inner {
        var monitor: NodeMonitor
        var next: UInt64 = 0
        var ends: [UInt64: (until: Timestamp, end: @Sendable () -> Void)] = [:]
        /// The newest session of each node, and how to say something in it.
        var voices: [String: (session: UInt64, send: @Sendable (WireManagerMessage) -> Void)] = [:]
    }

    private let inner: Mutex<Inner>
    private let now: @Sendable () -> ContinuousClock.Instant
    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init(known: [String], patience: Patience, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        inner = Mutex(Inner(monitor: NodeMonitor(known: known, patience: patience, now: now())))
        self.now = now
        (events, continuation) = AsyncStream.makeStream()
    }

    /// - Parameters:
    ///   - until: how long the node's certificate holds. A connection would outlive it: the session ends then.
    ///   - send: says something to the node.
    ///   - end: ends the session from this side.
    func open(
        _ node: String, until: Timestamp = Timestamp(nanoseconds: .max), send: @escaping @Sendable (WireManagerMessage) -> Void,
        end: @escaping @Sendable () -> Void
    ) -> UInt64 {
        inner.withLock { inner in
            inner.next += 1
            inner.ends[inner.next] = (until, end)
            inner.voices[node] = (inner.next, send)
            inner.monitor.opened(node, session: inner.next, now: now())
            return inner.next
        }
    }

    func close(_ node: String, session: UInt64) {
        inner.withLock { inner in
            inner.ends[session] = nil
            if inner.voices[node]?.session == session { inner.voices[node] = nil }
            inner.monitor.closed(node, session: session, now: now())
        }
    }

    func heard(_ node: String, session: UInt64) {
        if inner.withLock({ $0.monitor.heard(node, session: session, now: now()) }) {
            continuation.yield(.returned(node: node))
        }
    }

    func reported(_ node: String, _ report: NodeReport, address: String?) {
        continuation.yield(.reported(node: node, report, address: address))
    }

    func left(_ node: String) {
        inner.withLock { $0.monitor.forget(node) }
        continuation.yield(.left(node: node))
    }

    /// Brings the monitor in line with the nodes there are.
    func expect(_ nodes: some Sequence<String>, forget gone: some Sequence<String>) {
        inner.withLock { inner in
            for id in nodes { inner.monitor.expect(id, now: now()) }
            for id in gone { inner.monitor.forget(id) }
        }
    }

    /// Nodes that have a session.
    var connected: Set<String> { inner.withLock { Set($0.voices.keys) } }

    /// Says something to a node.
    ///
    /// - Returns: false where it has no session.
    func send(_ message: WireManagerMessage, to node: String) -> Bool {
        guard let voice = inner.withLock({ $0.voices[node] }) else { return false }
        voice.send(message)
        return true
    }

    /// Nodes that have said something lately.
    func heard(within limit: Duration) -> Set<String> {
        inner.withLock { $0.monitor.heard(since: now() - limit) }
    }

    func isConnected(_ node: String) -> Bool { inner.withLock { $0.monitor.isConnected(node) } }

    /// Finds nodes that have gone, and ends sessions of nodes whose certificates have expired.
    ///
    /// - Parameter time: the clock's, by which certificates hold. Whether a node is there is not a matter of it.
    func check(at time: Timestamp) {
        for expired in inner.withLock({ $0.ends.values.filter { $0.until < time } }) { expired.end() }
        for node in inner.withLock({ $0.monitor.check(now: now()) }) { continuation.yield(.gone(node: node)) }
    }

    /// Ends all sessions: nodes look for the new leader at once.
    func finish() {
        let ends = inner.withLock { inner in
            defer { inner.ends = [:] }
            return inner.ends.values
        }
        for session in ends { session.end() }
        continuation.finish()
    }
}

extension SwarmManager.Sessions.Event: CustomStringConvertible {
    var description: String {
        switch self {
        case .reported(let node, _, _): "node \(node) reported"
        case .returned(let node): "node \(node) is back"
        case .gone(let node): "node \(node) is gone"
        case .left(let node): "node \(node) has left"
        }
    }
}
