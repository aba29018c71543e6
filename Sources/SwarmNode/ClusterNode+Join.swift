import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmModel
import SwarmRPC
import SwarmSecurity

extension ClusterNode {
    /// How long a request waits for the node to be part of the swarm; the attempt goes on after that.
    private static let patience: Duration = .seconds(20)

    func joinSwarm(_ request: SwarmJoinRequest) async throws {
        try requireInactive()
        let remotes = (request.remoteAddresses ?? []).filter { !$0.isEmpty }
        guard !remotes.isEmpty else { throw APIError(400, "at least 1 RemoteAddr is required to join") }
        let addresses = HostAddresses.current()
        let listen = try addresses.listen(request.listenAddress ?? "")
        let endpoints = try remotes.map { remote in
            guard let endpoint = Endpoint(remote, defaultPort: HostAddresses.defaultPort) else {
                throw APIError(400, "invalid remote address: \"\(remote)\"")
            }
            return endpoint.description
        }
        // Only with the address chosen, or one to choose, is it known; else managers see it.
        let advertise =
            try request.advertiseAddress.flatMap { $0.isEmpty ? nil : $0 }
            .map { try addresses.advertise($0, listen: listen) } ?? (try? addresses.advertise("", listen: listen))
        let dataPath = try addresses.dataPath(
            request.dataPathAddress ?? "", advertise: advertise ?? Endpoint(host: listen.host, port: listen.port))
        let token: JoinToken
        guard request.joinToken?.isEmpty == false else {
            throw APIError.remote(.invalidArgument, "A valid join token is necessary to join this cluster")
        }
        do { token = try JoinToken(parsing: request.joinToken ?? "") } catch { throw APIError(500, "invalid join token") }
        let availability = try Availability(requested: request.availability)

        try files.eraseAll()
        phase = .pending("")
        let joining = Task(executorPreference: Task.executor) {
            do {
                try await self.join(
                    token: token, availability: availability, managers: endpoints,
                    membership: Membership(
                        listenAddress: listen.description, advertiseAddress: advertise?.description ?? "",
                        dataPathAddress: dataPath, managers: [:], hasStore: false,
                        interface: advertise.flatMap { addresses.interface(of: $0.host) }))
            } catch {
                await self.abandonJoin()
                throw error
            }
        }
        self.joining = joining
        try await wait(for: joining)
    }

    /// Waits a while for the attempt; what it fails with in that time is thrown.
    private func wait(for joining: Task<Void, any Error>) async throws {
        let isDone = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await joining.value
                return true
            }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        guard isDone else {
            throw APIError(
                503,
                "Timeout was reached before node joined. The attempt to join the swarm will continue in the background. "
                    + "Use the \"docker info\" command to see the current swarm status of your node.")
        }
    }

    /// Nothing of the attempt stays.
    private func abandonJoin() async {
        await stopAll()
        (credentials, membership, joining, unlockKey) = (nil, nil, nil, nil)
        if case .pending = phase { phase = .inactive }
        try? files.eraseAll()
    }

    private func join(
        token: JoinToken, availability: Availability, managers: [String], membership: Membership
    ) async throws {
        // The engine takes its time to answer, and managers theirs.
        let description = Task { await describeAnew() }
        let key = NodeKey()
        let signingRequest = try key.signingRequest()
        let (roots, manager) = try await roots(key, token, from: managers)
        // As long as it takes: managers may be without a leader for the moment.
        let credentials = try await untilAnswered([manager] + managers.filter { $0 != manager }) { address in
            try await self.certificate(key, signingRequest, token, availability, roots: roots, from: address)
        }
        var membership = membership
        membership.managers = ["": manager]
        try folder.save(credentials)
        (self.credentials, self.membership) = (credentials, membership)
        if credentials.identity.role == .manager {
            try await becomeManager()
        } else {
            try files.save(membership)
        }
        _ = await description.value
        phase = .active
        joining = nil
        trouble = "there is no session with a manager yet"
        startAgent()
        // A worker is part of the swarm when the leader knows it.
        while trouble != nil, !Task.isCancelled { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// The root certificate, from the first manager that can be reached. Whoever answers is believed only as far as the digest in
    /// the token goes.
    private func roots(
        _ key: NodeKey, _ token: JoinToken, from managers: [String]
    ) async throws -> (roots: TrustRoots, manager: String) {
        var last: any Error = APIError(503, "no manager is known")
        for address in managers {
            do {
                let pem = try await ManagerConnection.with(
                    address, tls: try ClientTLS.unverified(key), verifiesName: false, timeout: .seconds(10), group: group
                ) { client in
                    try await WireCertificateAuthority.Client(wrapping: client).getRootCertificate(
                        WireGetRootCertificateRequest(), options: .within(.seconds(15))
                    ).certificate
                }
                try token.verify(rootCertificatePEM: pem)
                let roots = try TrustRoots(pem: String(decoding: pem, as: UTF8.self))
                // TLS would say only that it does not believe the manager.
                if let trouble = CertificateTrouble.text("the root certificate of the swarm", roots.life, at: Date()) {
                    throw APIError(500, "joining the swarm: \(trouble)")
                }
                return (roots, address)
            } catch let error as SecurityError {
                throw APIError(500, error.description)
            } catch let error as ManagerUnreachable {
                last = APIError.remote(
                    .unavailable,
                    "connection error: desc = \"transport: Error while dialing: dial tcp \(address): connect: \(error.reason)\"")
            } catch let error as RPCError {
                last = APIError(error)
            }
        }
        throw last
    }

    /// Asks one manager after the other until one of them answers, and gives up only when it is refused.
    private func untilAnswered<Answer: Sendable>(
        _ managers: [String], _ ask: (String) async throws -> Answer
    ) async throws -> Answer {
        var pause = Duration.milliseconds(100)
        while true {
            for address in managers {
                do {
                    return try await ask(address)
                } catch let error as RPCError where error.code != .unavailable && error.code != .deadlineExceeded {
                    throw APIError(error)
                } catch {
                    try Task.checkCancellation()
                    phase = .pending("\(error)")
                    logger.info("the manager does not let this node in yet", metadata: ["reason": "\(error)"])
                }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    private func certificate(
        _ key: NodeKey, _ signingRequest: Data, _ token: JoinToken, _ availability: Availability, roots: TrustRoots,
        from address: String
    ) async throws -> NodeCredentials {
        let request = WireIssueNodeCertificateRequest.with {
            $0.signingRequest = signingRequest
            $0.token = token.text
            $0.availability = availability.rawValue
        }
        let response = try await ManagerConnection.with(
            address, tls: try ClientTLS.joining(key, roots: roots), timeout: .seconds(10), group: group
        ) { client in
            try await WireCertificateAuthority.Client(wrapping: client).issueNodeCertificate(
                request, options: .within(.seconds(10)))
        }
        return try NodeCredentials(response, key: key)
    }
}
