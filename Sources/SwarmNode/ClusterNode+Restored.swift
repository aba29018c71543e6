import DockerAPI
import FoundationEssentials
import SwarmManager
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

/// The first start after a swarm was restored from a backup. As long as `Membership.backup` names it, everything is made from it anew,
/// whatever an earlier attempt has left; when the store has everything, it is named no longer.
extension ClusterNode {
    /// Whether the unlock key is needed before the node can take part.
    func isLocked(_ membership: Membership) throws -> Bool {
        guard let name = membership.backup else { return try folder.isLocked() }
        return try BackupReader(path: files.backup(name)).manifest.isSealed
    }

    /// Makes what the node keeps besides the store.
    func takeUp(backup name: String, as membership: Membership, unlockKey: UnlockKey?) throws {
        let swarm = try RestoredSwarm(path: files.backup(name), unlockKey: unlockKey)
        let host = Endpoint(membership.advertiseAddress)?.host ?? ""
        let credentials = try swarm.credentials(now: Date())
        let peer = try swarm.peer(at: host, now: Date())
        try folder.erase()
        try folder.save(credentials, unlockKey: unlockKey)
        self.unlockKey = unlockKey
        try save(dataKey: swarm.dataKey, peer: peer)
    }

    /// Starts the manager with a store made from the backup.
    func startRestored(
        _ parts: ManagerRuntime.Parts, from name: String, within limit: Duration
    ) async throws -> ManagerRuntime {
        let swarm = try RestoredSwarm(path: files.backup(name), unlockKey: unlockKey)
        try files.eraseStore()
        var parts = parts
        // Members of the store that was saved may be running still, and must not take this one for the same.
        parts.storeToken = "\(swarm.cluster.id)-\(UUID().uuidString)"
        let identity = parts.credentials.identity
        let (time, address) = (now(), parts.advertise)
        return try await ManagerRuntime.start(
            parts, files: files, start: .newCluster, within: limit, group: group, logger: logger, now: now
        ) { objects, status in
            try await swarm.fill(objects.store)
            try await objects.goOnAlone(identity.nodeID, member: status.memberID, at: address, now: time)
            try await objects.changeNode(identity.nodeID) { node in
                var node = node
                node.certificateExpiry = Timestamp(identity.notAfter)
                return node
            }
            // Before anybody can change anything in the new store.
            try await self.conclude(restoring: swarm.cluster.id)
        }
    }

    /// The store has everything: the node is a manager like others from now on.
    private func conclude(restoring clusterID: String) throws {
        guard var membership else { return }
        membership.backup = nil
        try files.save(membership)
        self.membership = membership
        try files.eraseBackups()
        logger.notice("the swarm was restored from its backup", metadata: ["cluster": "\(clusterID)"])
    }
}
