import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmManager
import SwarmRPC
import SwarmSecurity
import SwarmStore

extension ClusterNode {
    /// Takes part in the store, and manages the swarm with the others. The node has a manager's certificate already.
    func becomeManager() async throws {
        guard let credentials, var membership, let advertise = Endpoint(membership.advertiseAddress, defaultPort: 2377),
            let listen = Endpoint(membership.listenAddress, defaultPort: 2377)
        else { return }
        // What an earlier part has left would be taken for this one's.
        try files.eraseStore()
        let request = WireJoinRequest.with {
            $0.address = advertise.description
            $0.peerAddress = advertise.storePeer.description
        }
        let tls = try ClientTLS.node(credentials)
        let answer = try await retrying(for: .seconds(20)) {
            try await self.askingManagers { address in
                try await ManagerConnection.with(address, tls: tls, timeout: .seconds(3), group: self.group) { client in
                    try await WireMembership.Client(wrapping: client).join(request, options: .within(.seconds(15)))
                }
            }
        }
        guard let dataKey = DataKey(bytes: answer.dataKey) else { throw APIError(500, "the manager sent no key of the store") }
        if !answer.unlockKey.isEmpty {
            unlockKey = try UnlockKey(parsing: String(decoding: answer.unlockKey, as: UTF8.self))
            try folder.save(credentials, unlockKey: unlockKey)
        }
        let peer = PeerCredentials(
            authority: String(decoding: answer.peerAuthority, as: UTF8.self), authorityKey: nil,
            certificate: String(decoding: answer.peerCertificate, as: UTF8.self),
            key: String(decoding: answer.peerKey, as: UTF8.self))
        try save(dataKey: dataKey, peer: peer)
        let runtime = try await ManagerRuntime.start(
            ManagerRuntime.Parts(
                credentials: credentials, dataKey: dataKey, peer: peer, listen: listen, advertise: advertise),
            files: files, start: .join(answer.members.map { EtcdConfiguration.Peer(name: $0.nodeID, url: $0.peerURL) }),
            within: .seconds(60), group: group, logger: logger, now: now)
        do {
            try await retrying(for: .seconds(60), every: .milliseconds(100)) {
                try await self.askingManagers { address in
                    try await ManagerConnection.with(address, tls: tls, timeout: .seconds(3), group: self.group) { client in
                        _ = try await WireMembership.Client(wrapping: client).confirm(
                            WireConfirmRequest(), options: .within(.seconds(10)))
                    }
                }
            }
        } catch {
            await runtime.stop()
            throw error
        }
        membership.hasStore = true
        membership.advertiseAddress = advertise.description
        try files.save(membership)
        self.membership = membership
        adopt(runtime)
        await runtime.waitUntilInformed()
    }

    /// Gives up the part in the store; the other managers have taken this one out already.
    func becomeWorker() async throws {
        guard var membership else { return }
        membership.hasStore = false
        try files.save(membership)
        self.membership = membership
        await manager?.stop()
        manager = nil
        try files.eraseStore()
        if let credentials, unlockKey != nil {
            // Workers hold no secret of the swarm's, and are not locked.
            unlockKey = nil
            try folder.save(credentials)
        }
        report()
    }

    /// Begins anew where others have taken this node's member out of the store. Most often the node is to be a worker; where it was
    /// made a manager again meanwhile, nobody says so a second time.
    func rejoinStore(without runtime: ManagerRuntime?) async {
        await operations.with { await self.loseStore(of: runtime) }
        if let orders { await take(orders) }
    }

    private func loseStore(of runtime: ManagerRuntime?) async {
        guard var membership, membership.hasStore, manager?.id == runtime?.id else { return }
        logger.notice("this node's part in the store was ended by the other managers")
        do {
            membership.hasStore = false
            try files.save(membership)
            self.membership = membership
            await manager?.stop()
            manager = nil
            try files.eraseStore()
        } catch {
            logger.error("the node's store cannot be erased", metadata: ["error": "\(error)"])
        }
        report()
    }

    /// Tries again while what stands in the way may pass.
    func retrying<Answer: Sendable>(
        for limit: Duration, every pause: Duration = .milliseconds(250), _ body: () async throws -> Answer
    ) async throws -> Answer {
        let end = ContinuousClock.now + limit
        while true {
            do {
                return try await body()
            } catch let error as RPCError where [.invalidArgument, .permissionDenied, .notFound].contains(error.code) {
                throw error
            } catch {
                guard ContinuousClock.now < end, !Task.isCancelled else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }
}
