import DockerAPI
import FoundationEssentials
import SwarmManager
import SwarmModel
import SwarmSecurity
import SwarmStore

/// The swarm in a backup whose key is at hand.
struct RestoredSwarm: Sendable {
    let dataKey: DataKey
    let cluster: Cluster
    private let nodeID: String
    private let path: String

    /// Reads the whole of a backup.
    ///
    /// - Throws: `SecurityError` with code `locked` or `wrongUnlockKey`; `BackupError` where it is not as it was written, or lacks what a
    ///   swarm cannot do without.
    init(path: String, unlockKey: UnlockKey?) throws {
        let reader = try BackupReader(path: path)
        let bytes = try KeyFile.secret(in: reader.manifest.dataKey, purpose: ClusterNode.dataKeyName, unlockKey: unlockKey)
        guard let dataKey = DataKey(bytes: bytes) else { throw BackupError("the backup \(path) has no key of the store") }
        nodeID = reader.manifest.nodeID
        var cluster: Data?
        var hasNode = false
        while let entry = try reader.next() {
            if entry.key == StoreKey.cluster { cluster = entry.value }
            hasNode = hasNode || entry.key == StoreKey.node(nodeID)
        }
        guard let cluster, hasNode else { throw BackupError("the backup \(path) has no swarm in it, or not its node \(nodeID)") }
        self.dataKey = dataKey
        self.cluster = try JSONDecoder().decode(
            Cluster.self, from: try Seal(key: dataKey).open(cluster, key: StoreKey.cluster))
        self.path = path
    }

    /// A new certificate for the node: the former may have expired since, and its key is not in the backup.
    func credentials(now: Date) throws -> NodeCredentials {
        let key = NodeKey()
        let chain = try RootAuthority(cluster.signingRoot).issue(
            signingRequest: try key.signingRequest(), nodeID: nodeID, role: .manager, clusterID: cluster.id,
            life: .nanoseconds(cluster.spec.withDefaults.authority?.nodeCertificateExpiry ?? 0), now: now)
        let roots = try TrustRoots(pem: cluster.trustedRoots)
        return NodeCredentials(
            identity: try NodeIdentity(certificateChainPEM: chain, key: key, roots: roots), roots: roots)
    }

    /// What the node's member of the store shows to others, at the address that it has now.
    func peer(at address: String, now: Date) throws -> PeerCredentials {
        let authority = try PeerAuthority(
            certificatePEM: cluster.peerAuthority.certificate, keyPEM: cluster.peerAuthority.key)
        return try PeerCredentials(authority, nodeID: nodeID, address: address, now: now)
    }

    /// Puts everything into an empty store.
    func fill(_ store: any Store) async throws {
        let seal = Seal(key: dataKey)
        let reader = try BackupReader(path: path)
        var batch = Transaction()
        var size = 0
        while let entry = try reader.next() {
            batch.put(entry.key, try seal.open(entry.value, key: entry.key))
            size += entry.key.utf8.count + entry.value.count
            // Far from what one request may have.
            guard batch.operations.count >= 512 || size >= 1 << 19 else { continue }
            try await store.commit(batch)
            (batch, size) = (Transaction(), 0)
        }
        if !batch.operations.isEmpty { try await store.commit(batch) }
    }
}

extension NodeFiles {
    /// The data key as a backup of these entries is to have it; nil where the node has none.
    ///
    /// It is on disk as it should be, but for the moment after autolock was turned on.
    func sealedDataKey(for entries: [BackupEntry]) throws -> String? {
        let name = ClusterNode.dataKeyName
        guard let text = try CredentialFolder(path: credentials).text(ofSecret: name) else { return nil }
        guard !KeyFile.isSealed(text) else { return text }
        guard let entry = entries.first(where: { $0.key == StoreKey.cluster }),
            let key = DataKey(bytes: try KeyFile.secret(in: text, purpose: name, unlockKey: nil))
        else { return nil }
        let cluster = try JSONDecoder().decode(Cluster.self, from: Seal(key: key).open(entry.value, key: entry.key))
        return try KeyFile.text(
            of: key.bytes, purpose: name, sealedBy: cluster.unlockKey.map { try UnlockKey(parsing: $0) })
    }
}
