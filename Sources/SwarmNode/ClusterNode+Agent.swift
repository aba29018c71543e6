import DockerAPI
import FoundationEssentials
import NIOSSL
import SwarmAgent
import SwarmModel
import SwarmRPC
import SwarmSecurity

extension ClusterNode: AgentHost {
    func startAgent() {
        guard agent == nil else { return }
        let worker = makeWorker()
        workerTask = Task { await worker?.run() }
        self.worker = worker
        let agent = makeAgent(worker)
        self.agent = Task {
            // It ends when it is cancelled, or when the node was removed, of which it has told.
            try? await agent.run()
        }
        upkeep.append(Task { await self.keepCertificate() })
    }

    func makeAgent(_ worker: Worker? = nil) -> Agent { Agent(self, worker: worker, group: group, logger: logger) }

    private func makeWorker() -> Worker? {
        guard let nodeID = credentials?.identity.nodeID else { return nil }
        let configuration = Worker.Configuration(
            nodeID: nodeID, engineSocket: engineSocket, stateDirectory: files.tasks, runDirectory: files.taskFiles)
        return Worker(configuration, group: group, logger: logger, now: now) { await self.lastDescription() }
    }

    public func clientTLS() async throws -> NIOSSLContext {
        guard let credentials else { throw APIError(503, "the node has no certificate") }
        return try ClientTLS.node(credentials)
    }

    public func managers() async -> [String] {
        guard let membership else { return [] }
        // Its own manager first comes to mind, and is not reached over the network.
        return Array(Set(membership.managers.values))
    }

    public func reports() async -> AsyncStream<NodeReport> { await makeReports() }

    public func connection(_ trouble: String?) async { self.trouble = trouble }

    public func take(_ orders: NodeOrders) async {
        note(orders.managers)
        guard mustChange(for: orders) else { return }
        // A manager that waits for the others of a former store has no other way to become what it is to be.
        interruptStart()
        do {
            try await operations.with { try await self.carryOut(orders) }
        } catch {
            logger.warning("orders of the leader could not be carried out", metadata: ["error": "\(error)"])
            // The leader says it again with the next session.
            await connection("\(error)")
        }
    }

    public func removed() async {
        logger.notice("this node was removed from its swarm")
        phase = .failed("this node was removed from the swarm: leave it (docker swarm leave --force)")
    }

    /// Keeps where managers are, which the way back to them depends on.
    private func note(_ managers: [String: String]) {
        guard case .active = phase, !managers.isEmpty, var membership, managers != membership.managers else { return }
        membership.managers = managers
        do {
            try files.save(membership)
            self.membership = membership
        } catch {
            logger.warning("the managers' addresses cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Whether orders ask for something that the node is not.
    private func mustChange(for orders: NodeOrders) -> Bool {
        guard let credentials, let membership else { return false }
        let isPart = manager != nil || membership.hasStore
        return orders.roots != credentials.roots.pem || orders.renewsCertificate || orders.role != credentials.identity.role
            || isPart != (orders.role == .manager)
    }

    private func carryOut(_ orders: NodeOrders) async throws {
        guard case .active = phase, let membership, let present = credentials else { return }
        if orders.roots != present.roots.pem {
            let roots = try TrustRoots(pem: orders.roots)
            try adopt(NodeCredentials(identity: present.identity, roots: roots))
        }
        if orders.role != present.identity.role || orders.renewsCertificate { try await renewCertificate() }
        guard let identity = credentials?.identity, identity.role == orders.role else { return }
        switch identity.role {
        case .manager where manager == nil && !membership.hasStore: try await becomeManager()
        case .worker where manager != nil || membership.hasStore: try await becomeWorker()
        default: break
        }
    }

    /// Takes over a new certificate or new roots.
    func adopt(_ new: NodeCredentials) throws {
        try folder.save(new, unlockKey: unlockKey)
        credentials = new
        try manager?.identity.update(new)
        report()
    }

    /// Asks any manager for a certificate for what the node is to be.
    func renewCertificate() async throws {
        guard let present = credentials else { return }
        let key = NodeKey()
        let request = try WireIssueNodeCertificateRequest.with { try $0.signingRequest = key.signingRequest() }
        let tls = try ClientTLS.node(present)
        let response = try await askingManagers { address in
            try await ManagerConnection.with(address, tls: tls, timeout: .seconds(3), group: self.group) { client in
                try await WireCertificateAuthority.Client(wrapping: client).issueNodeCertificate(
                    request, options: .within(.seconds(10)))
            }
        }
        try adopt(NodeCredentials(response, key: key))
        logger.info("the node has a new certificate", metadata: ["role": "\(response.role)"])
    }

    /// Asks one manager after the other until one answers.
    func askingManagers<Answer: Sendable>(_ ask: (String) async throws -> Answer) async throws -> Answer {
        var last: any Error = APIError(503, "no manager of the swarm is known")
        for address in await managers().shuffled() {
            do { return try await ask(address) } catch { last = error }
        }
        throw last
    }

    /// Renews the certificate when a good part of its life is over.
    private func keepCertificate() async {
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled, let identity = credentials?.identity {
            let wait = identity.renewalDate(using: &generator).timeIntervalSinceNow
            do {
                if wait > 0 {
                    // In short steps, because the clock may be set.
                    try await Task.sleep(for: .seconds(min(wait, 60)))
                } else {
                    try await operations.with { try await self.renewCertificate() }
                }
            } catch is CancellationError {
                return
            } catch {
                logger.warning("the certificate could not be renewed", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }
}

extension NodeCredentials {
    /// What a manager has issued for this key.
    init(_ response: WireIssueNodeCertificateResponse, key: NodeKey) throws {
        let roots = try TrustRoots(pem: String(decoding: response.rootCertificate, as: UTF8.self))
        self.init(
            identity: try NodeIdentity(
                certificateChainPEM: String(decoding: response.certificate, as: UTF8.self), key: key, roots: roots),
            roots: roots)
    }
}
