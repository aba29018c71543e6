import DockerAPI
import SwarmManager
import SwarmModel

extension ClusterNode {
    func leaveSwarm(force: Bool) async throws {
        switch phase {
        case .inactive:
            throw APIError(503, "This node is not part of a swarm")
        case .locked where !force:
            throw APIError(
                503, "Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message.")
        case .active where !force && credentials?.identity.role == .manager:
            throw APIError(503, try await warningOfManagersLeave())
        default: break
        }
        joining?.cancel()
        _ = await joining?.result
        if case .active = phase { await takeLeave() }
        await stopAll()
        await (worker ?? makeWorker()).removeAll()
        try files.eraseAll()
        (worker, credentials, membership, unlockKey, trouble, joining) = (nil, nil, nil, nil, nil, nil)
        phase = .inactive
    }

    /// Tells the others, as far as they can be told.
    private func takeLeave() async {
        guard let id = credentials?.identity.nodeID else { return }
        await giveBackAll()
        do {
            if let manager { try await withdraw(manager, id: id) } else { try await makeAgent().leave() }
        } catch {
            logger.notice("left the swarm without a word: managers will find this node down", metadata: ["reason": "\(error)"])
        }
    }

    /// Takes this manager out of the store, so that those who stay need not count it.
    private func withdraw(_ runtime: ManagerRuntime, id: String) async throws {
        guard let state = runtime.manager.view.current, let node = state.nodes[id]?.value, let part = node.manager else { return }
        let others = state.managers.filter { $0.id != id }
        guard !others.isEmpty,
            Quorum(state.managers).survivesRemoval(of: node, voters: try await runtime.members.voters())
        else { return }
        if try await runtime.members.status().isLeader,
            let successor = others.compactMap(\.manager).first(where: { $0.reachability == .reachable })
        {
            try await runtime.members.transferLeadership(to: successor.member)
        }
        try await ClusterStore(runtime.store).retire(id, now: now())
        try await runtime.members.remove(part.member)
    }

    /// What a manager without `--force` is told.
    private func warningOfManagersLeave() async throws -> String {
        var text = "You are attempting to leave the swarm on a node that is participating as a manager. "
        let way =
            "The only way to restore a swarm that has lost consensus is to reinitialize it with `--force-new-cluster`. "
            + "Use `--force` to suppress this message."
        guard let state = manager?.manager.view.current else {
            return text + "Doing so may lose the consensus of your cluster. " + way
        }
        let all = state.managers.count
        let reachable = state.managers.count { $0.manager?.reachability == .reachable }
        let unreachable = all - reachable
        if reachable == 1 && unreachable == 0 {
            return text
                + "Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. "
        }
        if reachable - 2 <= unreachable {
            text +=
                "Removing this node leaves \(reachable - 1) managers out of \(all). "
                + "Without a Raft quorum your swarm will be inaccessible. "
        }
        return text + way
    }
}
