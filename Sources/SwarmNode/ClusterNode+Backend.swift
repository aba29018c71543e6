import DockerAPI
import FoundationEssentials
import SwarmAgent
import SwarmGateway
import SwarmManager
import SwarmModel
import SwarmSecurity
import SwarmStore

extension ClusterNode: SwarmBackend {
    public func availability() async -> String {
        guard case .active = phase else { return phase.name }
        return manager == nil ? "active/worker" : "active/manager"
    }

    public func information() async -> SwarmInfo {
        var info = SwarmInfo(localNodeState: phase.name)
        switch phase {
        case .inactive: return info
        case .pending(let reason), .failed(let reason): info.error = reason
        case .active:
            if let life = credentials?.identity.peer.life {
                info.error = CertificateTrouble.text("the certificate of this node", life, at: Date()) ?? info.error
            }
        case .locked: break
        }
        info.nodeID = credentials?.identity.nodeID ?? ""
        info.nodeAddress = membership.map { hostOnly($0.advertiseAddress) } ?? ""
        if let membership, !membership.managers.isEmpty {
            info.remoteManagers = membership.managers.sorted { $0.value < $1.value }
                .map { SwarmInfo.Manager(nodeID: $0.key, address: $0.value) }
        }
        guard case .active = phase, let manager else { return info }
        // What the store says now, not what this manager has heard last: without a majority it says nothing.
        guard let cluster = try? await manager.manager.control.swarm(within: .seconds(3)),
            let state = manager.manager.view.current
        else {
            info.error = APIError.noLeader.message
            return info
        }
        info.controlAvailable = true
        info.cluster = cluster.cluster
        info.nodes = state.nodes.count
        info.managers = state.managers.count
        if state.managers.count == 2 { info.warnings = [Self.twoManagers] }
        return info
    }

    private static let twoManagers = """
        WARNING: Running Swarm in a two-manager configuration. This configuration provides
                 no fault tolerance, and poses a high risk to lose control over the cluster.
                 Refer to https://docs.docker.com/engine/swarm/admin_guide/ to configure the
                 Swarm for fault-tolerance.
        """

    public func initialize(_ request: SwarmInitRequest) async throws -> String {
        // Where the other managers are lost for good, the store waits for them in vain.
        if request.forceNewCluster == true {
            starting?.cancel()
            obeying?.cancel()
        }
        return try await operations.with { try await self.makeSwarm(request) }
    }

    public func join(_ request: SwarmJoinRequest) async throws {
        try await operations.with { try await self.joinSwarm(request) }
    }

    public func leave(force: Bool) async throws {
        // An attempt to join that does not come to an end must not keep the node from leaving.
        if force {
            joining?.cancel()
            starting?.cancel()
            obeying?.cancel()
        }
        try await operations.with { try await self.leaveSwarm(force: force) }
    }

    public func unlock(_ key: String) async throws {
        try await operations.with { try await self.open(key) }
    }

    private func open(_ text: String) async throws {
        guard case .locked = phase else {
            if case .inactive = phase { throw notManager }
            throw APIError(409, "swarm is not locked")
        }
        let key: UnlockKey
        do { key = try UnlockKey(parsing: text) } catch { throw APIError(400, "invalid key string") }
        do {
            try await resume(unlockKey: key)
            // Who unlocks a manager has something to ask it. Where the others are locked still, it goes on in the background.
            if case .active = phase { try await resumeManager(within: .seconds(10)) }
        } catch is EtcdProcess.StartError {
            logger.info("the manager waits for others")
        } catch let error as SecurityError where error.code == .wrongUnlockKey {
            throw APIError(401, "swarm could not be unlocked: invalid key provided")
        }
    }

    public func requireManager() async throws { _ = try control() }

    public func swarm() async throws -> Swarm { try await control().swarm() }

    public func update(version: UInt64, spec: SwarmSpec, flags: SwarmUpdateFlags) async throws {
        let control = try control()
        try await control.update(version: version, spec: spec, flags: flags)
        // Who hears that the swarm is locked, or no more, may take this manager's power away the next moment.
        guard let key = try? await control.unlockKey() else { return }
        await operations.with { await self.lock(with: key.isEmpty ? nil : key) }
    }

    public func unlockKey() async throws -> String { try await control().unlockKey() }
    public func nodes() async throws -> [SwarmNode] { try await control().nodes() }
    public func node(_ name: String) async throws -> SwarmNode { try await control().node(name) }

    public func updateNode(_ name: String, version: UInt64, spec: SwarmNode.Spec) async throws {
        try await control().updateNode(name, version: version, spec: spec)
    }

    public func removeNode(_ name: String, force: Bool) async throws {
        try await control().removeNode(name, force: force)
    }

    public func services(counting: Bool) async throws -> [SwarmService] { try await control().services(counting: counting) }

    public func service(_ name: String, defaults: Bool) async throws -> SwarmService {
        try await control().service(name, defaults: defaults)
    }

    public func createService(_ spec: ServiceSpec, registryAuth: String) async throws -> ServiceResponse {
        try await control().createService(spec, registryAuth: registryAuth)
    }

    public func updateService(_ name: String, _ update: ServiceUpdate) async throws {
        try await control().updateService(name, update)
    }

    public func removeService(_ name: String) async throws { try await control().removeService(name) }
    public func tasks(_ filters: Filters) async throws -> [SwarmTask] { try await control().tasks(filters) }
    public func task(_ name: String) async throws -> SwarmTask { try await control().task(name) }
    public func data(_ kind: TaskData.Kind) async throws -> [SwarmData] { try await control().data(kind) }

    public func data(_ kind: TaskData.Kind, _ name: String) async throws -> SwarmData {
        try await control().data(kind, name)
    }

    public func createData(_ kind: TaskData.Kind, _ spec: SwarmDataSpec) async throws -> String {
        try await control().createData(kind, spec)
    }

    public func updateData(_ kind: TaskData.Kind, _ name: String, version: UInt64, spec: SwarmDataSpec) async throws {
        try await control().updateData(kind, name, version: version, spec: spec)
    }

    public func removeData(_ kind: TaskData.Kind, _ name: String) async throws {
        try await control().removeData(kind, name)
    }

    public func networks(verbose: Bool) async throws -> [NetworkResource] {
        if let worker = plainWorker { return await worker.shownNetworks(verbose: verbose) }
        return try await control().networks(verbose: verbose)
    }

    public func network(_ name: String, verbose: Bool) async throws -> NetworkResource {
        if let worker = plainWorker { return try await worker.shownNetwork(name, verbose: verbose) }
        return try await control().network(name, verbose: verbose)
    }

    /// What knows of this node's networks, where it is no manager.
    private var plainWorker: Worker? {
        guard case .active = phase, manager == nil, credentials?.identity.role == .worker else { return nil }
        return worker
    }

    public func createNetwork(_ request: NetworkCreateRequest) async throws -> String {
        try await control().createNetwork(request)
    }

    public func removeNetwork(_ name: String) async throws { try await control().removeNetwork(name) }

    public func pruneNetworks(where filter: @Sendable (NetworkResource) -> Bool) async throws -> [String] {
        try await control().pruneNetworks(where: filter)
    }

    public func logs(
        _ selection: LogSelection, deliver: @escaping @Sendable ([LogLine]) async throws -> Void
    ) async throws {
        _ = try control()
        guard let manager else { throw notManager }
        try await manager.manager.logs(selection, tls: try await clientTLS(), group: group, deliver: deliver)
    }

    public func events() async -> AsyncStream<SwarmEvent> { makeEvents() }

    private func control() throws -> Control {
        switch phase {
        case .active:
            guard let manager else { throw notManager }
            return manager.manager.control
        case .locked:
            throw APIError(
                503,
                "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it."
            )
        case .failed(let reason) where reason == Self.expired: throw APIError(503, reason)
        case .inactive, .pending, .failed: throw notManager
        }
    }

    /// Why this node does not answer what managers answer.
    var notManager: APIError {
        let text = "This node is not a swarm manager. "
        guard case .active = phase else {
            return APIError(
                503,
                text
                    + "Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.")
        }
        if credentials?.identity.role == .manager {
            return APIError(503, text + "Manager is being prepared or has trouble connecting to the cluster.")
        }
        return APIError(
            503,
            text
                + "Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or "
                + "promote the current node to a manager.")
    }

    private func hostOnly(_ address: String) -> String {
        address.last == "]" || !address.contains(":")
            ? address : String(address[..<(address.lastIndex(of: ":") ?? address.endIndex)])
    }
}
