import DockerAPI
import FoundationEssentials
import NIOSSL
import SwarmAgent
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

extension ClusterNode: AgentHost {
    func startAgent() {
        guard agent == nil else { return }
        let worker = makeWorker()
        workerTask = Task(executorPreference: Task.executor) { await worker.run() }
        self.worker = worker
        let agent = makeAgent(worker)
        self.agent = Task(executorPreference: Task.executor) {
            // It ends when it is cancelled, or when the node was removed, of which it has told.
            try? await agent.run()
        }
        upkeep.append(Task(executorPreference: Task.executor) { await self.keepCertificate() })
        do {
            try files.linkCredentials()
        } catch {
            logger.notice("the node's certificate is only in its own place", metadata: ["reason": "\(error)"])
        }
    }

    func makeAgent(_ worker: Worker? = nil) -> Agent {
        Agent(self, worker: worker, group: group, logger: logger)
    }

    /// A node whose certificate is sealed or lost can still remove what was made for the swarm's tasks.
    func makeWorker() -> Worker {
        let configuration = Worker.Configuration(
            nodeID: credentials?.identity.nodeID ?? "", engineSocket: engineSocket, stateDirectory: files.tasks,
            runDirectory: files.taskFiles)
        return Worker(configuration, networks: makeNetworks(configuration), group: group, logger: logger, now: now) {
            await self.lastDescription()
        }
    }

    private func makeNetworks(_ configuration: Worker.Configuration) -> any DataPlane {
        keepTunnelKey()
        do {
            return try Overlay.ofThisHost(
                nodeID: configuration.nodeID, engineSocket: engineSocket, file: files.networks, tunnelKey: tunnelKey,
                group: group,
                logger: logger)
        } catch {
            logger.error("this node has no networks of the swarm", metadata: ["error": "\(error)"])
            return NoDataPlane()
        }
    }

    /// Sees to it that the node has a key for encrypted networks.
    func keepTunnelKey() {
        do {
            try files.makeDirectory(files.runDirectory)
            tunnelKey = try TunnelKey.kept(in: files.tunnelKey)
        } catch {
            logger.error("this node has no key for encrypted networks", metadata: ["error": "\(error)"])
        }
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
        self.orders = orders
        note(managers: orders.managers)
        guard changesNode(orders) else { return }
        // A manager that is to be one no more need not wait for the others.
        if orders.role == .worker { starting?.cancel() }
        // Beside the session: a store takes its time to start, and the leader must be heard and answered meanwhile.
        if obeying == nil { obeying = Task(executorPreference: Task.executor) { await self.obey() } }
    }

    /// Does what the leader said last, until that is done or it says something else.
    private func obey() async {
        defer { obeying = nil }
        var done: NodeOrders?
        while !Task.isCancelled, let orders, orders != done, changesNode(orders) {
            do {
                try await operations.with {
                    guard await self.orders == orders else { return }
                    try await self.carryOut(orders)
                }
                done = orders
                await connection(nil)
            } catch {
                logger.warning("orders of the leader could not be carried out", metadata: ["error": "\(error)"])
                await connection("\(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    public func removed() async {
        logger.notice("this node was removed from its swarm")
        phase = .failed("this node was removed from the swarm: leave it (docker swarm leave --force)")
    }

    /// Keeps in mind where managers are, whatever else is under way: it is how the node finds back after a restart.
    private func note(managers: [String: String]) {
        guard case .active = phase, var membership, !managers.isEmpty, managers != membership.managers else { return }
        membership.managers = managers
        do {
            try files.save(membership)
            self.membership = membership
        } catch {
            logger.error("where managers are cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Whether there is something to do for it that takes time. What is under way may take its own, and the leader must be heard
    /// meanwhile.
    private func changesNode(_ orders: NodeOrders) -> Bool {
        guard case .active = phase, let membership, let present = credentials else { return false }
        let hasPart = manager != nil || membership.hasStore
        return orders.roots != present.roots.pem || orders.renewsCertificate || orders.role != present.identity.role
            || hasPart != (orders.role == .manager)
    }

    private func carryOut(_ orders: NodeOrders) async throws {
        guard case .active = phase, let present = credentials else { return }
        // Other operations know of their own what they save.
        note(managers: orders.managers)
        if orders.roots != present.roots.pem {
            let roots = try TrustRoots(pem: orders.roots)
            try adopt(NodeCredentials(identity: present.identity, roots: roots))
        }
        if orders.role != present.identity.role || orders.renewsCertificate { try await renewCertificate() }
        guard let identity = credentials?.identity, identity.role == orders.role, let membership else { return }
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
        var random = SystemRandomNumberGenerator()
        var held: (certificate: String, schedule: RenewalSchedule)?
        while !Task.isCancelled, let identity = credentials?.identity {
            if identity.certificateChainPEM != held?.certificate {
                held = (identity.certificateChainPEM, RenewalSchedule(identity.peer.life, using: &random))
            }
            do {
                if let wait = held?.schedule.wait(at: Date()) {
                    try await Task.sleep(for: wait)
                } else {
                    try await operations.with { try await self.renewCertificate() }
                    // By a clock that is far off, the new one need not hold either.
                    try await Task.sleep(for: RenewalSchedule.step)
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
