import SwarmModel

/// Tells which nodes are there, from what is heard of them.
///
/// A connection that ends says more than a heartbeat that is missed: a node whose connection has ended is given a moment to come back,
/// as after a restart of its agent, and a connection on which nothing is heard counts as ended, as after a power cut. Times are
/// handed in. A check that comes late says that this process did not run for a while, and nobody is to blame for that: all limits
/// move by as much.
struct NodeMonitor: Sendable {
    /// How often `check` is called.
    static let checkInterval: Duration = .milliseconds(250)

    private struct Presence {
        /// Nil while there is none.
        var session: UInt64?
        /// When something was heard of it last.
        var updated: ContinuousClock.Instant
        /// When it counts as gone.
        var deadline: ContinuousClock.Instant
        var isDown = false
    }

    private let patience: Patience
    private var nodes: [String: Presence] = [:]
    private var lastCheck: ContinuousClock.Instant

    /// - Parameter known: IDs of nodes that are expected to come.
    init(known: some Sequence<String>, patience: Patience, now: ContinuousClock.Instant) {
        self.patience = patience
        lastCheck = now
        for id in known { nodes[id] = Presence(updated: now, deadline: now + patience.handover) }
    }

    /// A node has opened a session, which takes the place of an older one.
    mutating func opened(_ id: String, session: UInt64, now: ContinuousClock.Instant) {
        nodes[id] = Presence(session: session, updated: now, deadline: now + patience.silence)
    }

    /// Something was heard.
    ///
    /// - Returns: whether the node had been taken for gone.
    mutating func heard(_ id: String, session: UInt64, now: ContinuousClock.Instant) -> Bool {
        guard var presence = nodes[id], presence.session == session else { return false }
        let wasDown = presence.isDown
        presence.isDown = false
        presence.updated = now
        presence.deadline = now + patience.silence
        nodes[id] = presence
        return wasDown
    }

    /// A session has ended.
    mutating func closed(_ id: String, session: UInt64, now: ContinuousClock.Instant) {
        guard var presence = nodes[id], presence.session == session else { return }
        presence.session = nil
        presence.updated = now
        presence.deadline = min(presence.deadline, now + patience.absence)
        nodes[id] = presence
    }

    /// A node that is new, or that nobody has heard of yet.
    mutating func expect(_ id: String, now: ContinuousClock.Instant) {
        if nodes[id] == nil { nodes[id] = Presence(updated: now, deadline: now + patience.handover) }
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
        let due = lastCheck + Self.checkInterval
        // A little lateness is every timer's.
        let late = now - due > Self.checkInterval ? now - due : .zero
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
