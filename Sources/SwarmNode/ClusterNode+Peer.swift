import FoundationEssentials
import SwarmModel
import SwarmSecurity

/// How this node's member of the store stays known to the others.
extension ClusterNode {
    /// The kept credentials, with a new certificate where the others would refuse the old one: it has expired while the node was off,
    /// or the node's address is another one by now.
    func fitting(_ peer: PeerCredentials, nodeID: String, address: String) throws -> PeerCredentials {
        let now = Date()
        guard !peer.serves(address, at: now) else { return peer }
        guard let renewed = try peer.renewed(nodeID: nodeID, address: address, now: now) else {
            logger.warning(
                "other managers will not accept the certificate of this manager's store", metadata: ["address": "\(address)"])
            return peer
        }
        try save(peer: renewed)
        logger.info("the store of this manager has a new certificate", metadata: ["address": "\(address)"])
        return renewed
    }

    /// Keeps the key with which this manager can give itself a certificate at its next start.
    func keep(_ authority: Cluster.KeyPair) {
        do {
            guard var peer = try managerSecrets()?.peer, peer.authority == authority.certificate,
                peer.authorityKey != authority.key
            else { return }
            peer.authorityKey = authority.key
            try save(peer: peer)
        } catch {
            logger.error("the key of the store's authority cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Replaces the certificate when a good part of its life is over, for as long as this manager runs.
    func keepPeerCertificate(_ runtime: ManagerRuntime) async {
        var random = SystemRandomNumberGenerator()
        var held: (certificate: String, schedule: RenewalSchedule)?
        while !Task.isCancelled {
            do {
                if let peer = try managerSecrets()?.peer, peer.certificate != held?.certificate {
                    held = (peer.certificate, RenewalSchedule(try PeerCertificate(pem: peer.certificate).life, using: &random))
                }
                guard let schedule = held?.schedule else { return }
                if let wait = schedule.wait(at: Date()) {
                    try await Task.sleep(for: wait)
                } else {
                    try await operations.with { try await self.renewPeerCertificate(of: runtime) }
                }
            } catch is CancellationError {
                return
            } catch {
                logger.warning("the store's certificate could not be renewed", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func renewPeerCertificate(of runtime: ManagerRuntime) async throws {
        guard let manager, manager.id == runtime.id, let peer = try managerSecrets()?.peer else { throw CancellationError() }
        guard let renewed = try peer.renewed(nodeID: runtime.nodeID, address: runtime.advertise.host, now: Date()) else {
            // It comes with the next state of the swarm.
            throw SecurityError(.invalidRequest, "the key of the store's authority is not known yet")
        }
        try save(peer: renewed)
        try renewed.write(to: files)
        logger.info("the store of this manager has a new certificate")
    }

    /// Sees to it that the other members look for this one where it is, once there is a leader. Where it cannot reach the leader, the
    /// leader does it when it hears of this node's address.
    func announceAddress(of runtime: ManagerRuntime) async {
        let url = "https://\(runtime.advertise.storePeer)"
        while !Task.isCancelled {
            do {
                let own = try await runtime.members.status().memberID
                guard let member = try await runtime.members.members(within: .seconds(5)).first(where: { $0.id == own }) else {
                    return
                }
                if member.peerURLs == [url] { return }
                try await runtime.members.updatePeerURL(own, to: url, within: .seconds(5))
                return logger.notice("the other managers' stores know this one's new address", metadata: ["url": "\(url)"])
            } catch {
                logger.debug("the store's address is not announced yet", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }
}
