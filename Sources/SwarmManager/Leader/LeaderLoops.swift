import DockerAPI
import FoundationEssentials
import Logging
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

/// What only the leader does: it keeps nodes' states and roles in line with what is heard and wanted. Everything it writes carries
/// the fence of its leadership, so a leader that has been replaced without noticing changes nothing.
struct LeaderLoops: Sendable {
    let nodeID: String
    let fence: Fence
    let objects: ClusterStore
    let members: any StoreMembers
    let view: ClusterView
    let sessions: Sessions
    let orchestration: OrchestrationLoop
    let now: @Sendable () -> Timestamp
    let logger: Logger

    /// Leads until cancelled, or until the fence does not hold any more.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: NodeMonitor.checkInterval)
                    sessions.check(at: now())
                }
            }
            group.addTask {
                try await persisting { try await objects.addIngress(fence: fence, now: now()) }
                try await orchestration.run()
            }
            group.addTask {
                var places: [String: String] = [:]
                for await event in sessions.events {
                    try await persisting { try await take(event) }
                    await follow(event, from: &places)
                }
            }
            // What has to wait for a node's word is tried again, though nothing has changed in the store since.
            let (looks, look) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            group.addTask { for await _ in view.states() { look.yield() } }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    if view.current?.isChangingRoles == true { look.yield() }
                }
            }
            group.addTask {
                for await _ in looks {
                    guard let state = view.current else { continue }
                    try await persisting { try await follow(state) }
                }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(15))
                    try await persisting { try await removeOrphan() }
                }
            }
            group.addTask {
                while true {
                    try await persisting { try await forgetExpired() }
                    try await Task.sleep(for: .seconds(3600))
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Tries again while the store is in trouble: what was heard must not be lost, and who leads is another's business.
    private func persisting(_ body: () async throws -> Void) async throws {
        while true {
            do {
                return try await body()
            } catch let error as APIError {
                logger.warning("the leader waits for its store", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// Writes down what is heard of a node.
    private func take(_ event: Sessions.Event) async throws {
        logger.debug("\(event)")
        switch event {
        case .reported(let id, let report, let seen):
            try await change(id) { node in
                let isNews = node.state != .ready
                node.take(report, seen: seen)
                if isNews { logger.notice("Node \(id)/\(node.address) joined") }
            }
        case .returned(let id):
            try await change(id) { node in
                (node.state, node.message) = (.ready, "")
            }
        case .gone(let id):
            logger.notice("node is down", metadata: ["node": "\(id)"])
            try await change(id) { node in
                (node.state, node.message) = (.down, "heartbeat failure")
                if node.manager != nil { node.manager?.reachability = .unreachable }
            }
        case .left(let id):
            try await change(id) { node in
                (node.state, node.message) = (.down, "")
                if node.manager != nil { node.manager?.reachability = .unreachable }
            }
        }
    }

    /// Lets the members of the store look for a manager where it says it is. One that has another address tells them itself, unless
    /// the way from it to the leader's store leads over a third one that does not lead.
    ///
    /// - Parameter places: where managers were when they were heard last.
    private func follow(_ event: Sessions.Event, from places: inout [String: String]) async {
        guard case .reported(let id, let report, _) = event, let endpoint = Endpoint(report.address),
            places[id] != report.address,
            let member = view.current?.nodes[id]?.value.manager?.member
        else { return }
        do {
            try await members.move(member, to: "https://\(endpoint.storePeer)")
            places[id] = report.address
        } catch {
            logger.notice("the store does not look for a manager where it is", metadata: ["node": "\(id)", "error": "\(error)"])
        }
    }

    private func change(_ id: String, _ body: @Sendable (inout Node) -> Void) async throws {
        try await objects.changeNode(id, fence: fence) { node in
            var changed = node
            body(&changed)
            guard changed != node else { return nil }
            changed.touch(now())
            return changed
        }
    }

    /// Does what follows from a new state of the swarm.
    private func follow(_ state: ClusterState) async throws {
        sessions.expect(state.nodes.keys, forget: state.removed)
        let nodes = state.nodes.values.map(\.value)
        if state.isChangingRoles {
            let plan = RolePlan.actions(
                nodes: nodes, leader: nodeID, voters: try await members.voters(),
                heard: sessions.heard(within: RolePlan.freshness))
            for action in plan { try await perform(action) }
        }
        try await finishRootRotation(state)
    }

    private func perform(_ action: RoleAction) async throws {
        logger.notice("changing a role", metadata: ["action": "\(action)"])
        switch action {
        case .promote(let id): try await change(id) { $0.role = .manager }
        case .removeMember(let id, let member):
            try await members.remove(member)
            // The role follows with the next state.
            try await change(id) { $0.manager = nil }
        case .demote(let id): try await change(id) { $0.role = .worker }
        case .transferLeadership(let member): try await members.transferLeadership(to: member)
        }
    }

    /// Takes a member out of the store that is nobody's: it would count for the majority for ever.
    private func removeOrphan() async throws {
        let voters = try await members.voters()
        let nodes = try await objects.nodes().map(\.value)
        let heard = sessions.heard(within: RolePlan.freshness)
        guard let orphan = RolePlan.orphan(nodes: nodes, leader: nodeID, voters: voters, heard: heard) else { return }
        logger.notice("taking a member out of the store that is no node's", metadata: ["member": "\(orphan)"])
        try await members.remove(orphan)
    }

    /// When every node has a certificate of the new root, the old one has served its time.
    private func finishRootRotation(_ state: ClusterState) async throws {
        guard let next = state.cluster?.nextRoot, let seen = state.cluster,
            state.nodes.values.allSatisfy({ seen.isIssuer($0.value.description.tlsInfo) })
        else { return }
        let present = try await objects.cluster()
        guard present.value.nextRoot == next else { return }
        var cluster = present.value
        cluster.root = Cluster.Root(pair: next.pair)
        cluster.nextRoot = nil
        let digest = try RootAuthority(cluster.root).digest
        cluster.joinTokens = Swarm.JoinTokens(
            worker: try JoinToken(parsing: cluster.joinTokens.worker).with(rootDigest: digest).text,
            manager: try JoinToken(parsing: cluster.joinTokens.manager).with(rootDigest: digest).text)
        cluster.touch(now())
        var transaction = Transaction()
        transaction.require(StoreKey.cluster, modRevision: present.version)
        try transaction.put(cluster)
        try await objects.commit(transaction.fenced(by: fence))
        logger.notice("all nodes have certificates of the new root authority")
    }

    /// Certificates that have expired need not be remembered.
    private func forgetExpired() async throws {
        let time = now()
        var transaction = Transaction()
        for removed in try await objects.removed() where removed.certificateExpiry < time {
            transaction.delete(StoreKey.removed(removed.id))
        }
        if !transaction.operations.isEmpty { try await objects.commit(transaction.fenced(by: fence)) }
    }
}

extension ClusterState {
    /// Whether a node is not yet what somebody wants it to be.
    fileprivate var isChangingRoles: Bool { nodes.values.contains { $0.value.desiredRole != $0.value.role } }
}

extension Node {
    /// Takes over what a node says of itself.
    ///
    /// - Parameter seen: the address it was heard from; nil where it is this node.
    public mutating func take(_ report: NodeReport, seen: String?) {
        description = report.description
        (state, message) = (.ready, "")
        let endpoint = Endpoint(report.address, defaultPort: 0)
        address = endpoint?.host ?? seen ?? address
        tunnelKey = report.tunnelKey.count == TunnelKey.byteCount ? Data(report.tunnelKey).base64EncodedString() : nil
        dataPathAddress = report.dataPath.isEmpty || report.dataPath == address ? nil : report.dataPath
        guard manager != nil else { return }
        manager?.reachability = report.isServing ? .reachable : .unreachable
        if let endpoint, endpoint.port != 0 { manager?.address = endpoint.description }
    }
}

extension Cluster {
    /// Whether what a node says of its certificate means that it is of the newest root.
    func isIssuer(_ info: TLSInfo?) -> Bool {
        guard let issuer = try? RootAuthority(signingRoot).issuer else { return false }
        return info?.issuerPublicKey == issuer.publicKey.base64EncodedString()
    }
}
