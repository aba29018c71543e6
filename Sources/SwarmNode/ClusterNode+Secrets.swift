import DockerAPI
import FoundationEssentials
import SwarmSecurity

/// What a manager keeps besides its certificate.
extension ClusterNode {
    static let dataKeyName = "data-key"
    private static let peerName = "store-peer"

    func managerSecrets() throws -> (dataKey: DataKey, peer: PeerCredentials)? {
        guard let bytes = try folder.secret(name: Self.dataKeyName, unlockKey: unlockKey), let dataKey = DataKey(bytes: bytes),
            let peer = try folder.secret(name: Self.peerName, unlockKey: unlockKey)
        else { return nil }
        return (dataKey, try JSONDecoder().decode(PeerCredentials.self, from: peer))
    }

    func save(dataKey: DataKey, peer: PeerCredentials) throws {
        try folder.save(secret: dataKey.bytes, name: Self.dataKeyName, unlockKey: unlockKey)
        try save(peer: peer)
    }

    func save(peer: PeerCredentials) throws {
        try folder.save(secret: try JSONEncoder().encode(peer), name: Self.peerName, unlockKey: unlockKey)
    }

    /// Seals what is on disk with another key, or with none.
    func lock(with text: String?) {
        guard text != unlockKey?.text, let credentials else { return }
        do {
            let key = try text.map { try UnlockKey(parsing: $0) }
            let secrets = try managerSecrets()
            unlockKey = key
            if let secrets { try save(dataKey: secrets.dataKey, peer: secrets.peer) }
            try folder.save(credentials, unlockKey: key)
        } catch {
            logger.error("the node's keys cannot be sealed anew", metadata: ["error": "\(error)"])
        }
    }
}
