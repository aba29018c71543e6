import SwarmStore

/// Tells which nodes are there, from what is heard of them.
///
/// A connection that ends says more than a heartbeat that is missed: a node whose connection has ended is given a moment to come back,
/// as after a restart of its agent, and a connection on which nothing is heard counts as ended, as after a power cut. Times are
/// handed in. A check that comes late says that this process did not run for a while, and nobody is to blame for that: all limits
/// move by as much.
struct NodeMonitor: Sendable {
    struct Limits: Sendable {
        /// How long a connection may be silent. Nodes say something every second.
        var silence: Duration = .milliseconds(4500)
        /// How long a node without a connection may take to come back.
        var absence: Duration = .milliseconds(3500)
        /// How long nodes may take to find a new leader.
        var handover: Duration = .seconds(5)
        /// How often `check` is called.
        var checkInterval: Duration = .milliseconds(250)

        /// Those of the processor that this runs on: nodes that are emulated do not run for seconds where they are busy.
        static let usual =
            HostProcessor.isEmulated
            ? Limits(silence: .seconds(15), absence: .seconds(10), handover: .seconds(20)) : Limits()
    }

    private struct Presence {
        /// Nil while there is none.
        var session: UInt64?
        /// When something was heard of it last.
        var updated: ContinuousClock.Instant
        /// When it counts as gone.
        var deadline: ContinuousClock.Instant
        var isDown = false
    }

    private let limits: Limits
    private var nodes: [String: Presence] = [:]
    private var lastCheck: ContinuousClock.Instant

    /// - Parameter known: IDs of nodes that are expected to come.
    init(known: some Sequence<String>, limits: Limits = Limits(), now: ContinuousClock.Instant) {
        self.limits = limits
        lastCheck = now
        for id in known { nodes[id] = Presence(updated: now, deadline: now + limits.handover) }
    }

    /// A node has opened a session, which takes the place of an older one.
    mutating func opened(_ id: String, session: UInt64, now: ContinuousClock.Instant) {
        nodes[id] = Presence(session: session, updated: now, deadline: now + limits.silence)
    }

    /// Something was heard.
    ///
    /// - Returns: whether the node had been taken for gone.
    mutating func heard(_ id: String, session: UInt64, now: ContinuousClock.Instant) -> Bool {
        guard var presence = nodes[id], presence.session == session else { return false }
        let wasDown = presence.isDown
        presence.isDown = false
        presence.updated = now
        presence.deadline = now + limits.silence
        nodes[id] = presence
        return wasDown
    }

    /// A session has ended.
    mutating func closed(_ id: String, session: UInt64, now: ContinuousClock.Instant) {
        guard var presence = nodes[id], presence.session == session else { return }
        presence.session = nil
        presence.updated = now
        presence.deadline = min(presence.deadline, now + limits.absence)
        nodes[id] = presence
    }

    /// A node that is new, or that nobody has heard of yet.
    mutating func expect(_ id: String, now: ContinuousClock.Instant) {
        if nodes[id] == nil { nodes[id] = Presence(updated: now, deadline: now + limits.handover) }
    }

    /// A node that is no longer part of the swarm, or has said that it goes.
    mutating func forget(_ id: String) { nodes[id] = nil }

    /// Whether the node is at present connected under this session.
    func isConnected(_ id: String) -> Bool { nodes[id]?.session != nil && nodes[id]?.isDown == false }

    /// Nodes that are connected and have said something since then.
    func heard(since instant: ContinuousClock.Instant) -> Set<String> {
        Set(nodes.filter { $0.value.session != nil && !$0.value.isDown && $0.value.updated >= instant }.keys)
    }

    /// Those that have gone since the last check, in order.
    mutating func check(now: ContinuousClock.Instant) -> [String] {
        let due = lastCheck + limits.checkInterval
        // A little lateness is every timer's.
        let late = now - due > limits.checkInterval ? now - due : .zero
        lastCheck = now
        var gone: [String] = []
        for (id, presence) in nodes where !presence.isDown {
            var presence = presence
            // What was heard after the pause has its whole time.
            if presence.updated <= due { presence.deadline += late }
            if presence.deadline <= now {
                presence.isDown = true
                gone.append(id)
            }
            nodes[id] = presence
        }
        return gone.sorted()
    }
}
