import DockerAPI
import DockerAPIClient

/// A machine's engine as a member of a swarm, over the Docker Engine API.
struct EngineSwarm: SwarmControl {
    let endpoint: DockerClient.Endpoint

    private func ask<Answer: Sendable>(_ body: @Sendable (DockerClient) async throws -> Answer) async throws -> Answer {
        try await DockerClient.with(endpoint, timeout: .seconds(60), body)
    }

    func info() async throws -> SwarmInfo {
        let swarm = try await ask { try await $0.info().swarm }
        return SwarmInfo(
            state: SwarmInfo.LocalState(rawValue: swarm.localNodeState) ?? .error, nodeID: swarm.nodeID,
            nodeAddress: swarm.nodeAddress, controlAvailable: swarm.controlAvailable, clusterID: swarm.cluster?.id,
            error: swarm.error, remoteManagers: (swarm.remoteManagers ?? []).map(\.address))
    }

    func initialize(advertise: String, listen: String) async throws {
        _ = try await ask { try await $0.initializeSwarm(advertise: advertise, listen: listen) }
    }

    func join(token: String, managers: [String], advertise: String, listen: String) async throws {
        try await ask {
            try await $0.joinSwarm(token: token, managers: managers, advertise: advertise, listen: listen)
        }
    }

    func leave(force: Bool) async throws { try await ask { try await $0.leaveSwarm(force: force) } }

    func joinTokens() async throws -> JoinTokens {
        let tokens = try await ask { try await $0.swarm().joinTokens }
        return JoinTokens(worker: tokens.worker, manager: tokens.manager)
    }

    func nodes() async throws -> [SwarmNode] { try await ask { try await $0.nodes() }.map(Self.node) }

    func updateNode(_ id: String, _ change: NodeChange) async throws {
        try await ask { client in
            // Somebody else's change between the two requests makes the version wrong: look again, a few times.
            for attempt in 1... {
                let node = try await client.node(id)
                var spec = node.spec
                if let role = change.role { spec.role = role.rawValue }
                if let availability = change.availability { spec.availability = availability.rawValue }
                if let labels = change.labels { spec.labels = labels }
                do { return try await client.updateNode(id, version: node.version, spec: spec) } catch let error as DockerError {
                    guard error.message.contains("out of sequence"), attempt < 5 else { throw error }
                }
            }
        }
    }

    func removeNode(_ id: String, force: Bool) async throws {
        try await ask { try await $0.removeNode(id, force: force) }
    }

    func services() async throws -> [SwarmService] { try await ask { try await $0.services() }.map(Self.service) }

    func tasks() async throws -> [SwarmTask] {
        try await ask { try await $0.tasks() }.map { task in
            SwarmTask(
                id: task.id, serviceID: task.serviceID ?? "", nodeID: task.nodeID ?? "", slot: task.slot ?? 0,
                state: task.status.state, desiredState: task.desiredState)
        }
    }

    func networks() async throws -> [SwarmNetwork] {
        try await ask { try await $0.networks() }.filter { $0.driver == "overlay" }.map { network in
            SwarmNetwork(id: network.id, name: network.name, driver: network.driver, isIngress: network.isIngress ?? false)
        }
    }

    private static func node(_ node: DockerAPI.SwarmNode) -> SwarmNode {
        SwarmNode(
            id: node.id, hostname: node.description.hostname ?? "",
            role: SwarmNode.Role(rawValue: node.spec.role) ?? .worker,
            availability: SwarmNode.Availability(rawValue: node.spec.availability) ?? .active,
            state: SwarmNode.State(rawValue: node.status.state) ?? .unknown, labels: node.spec.labels ?? [:],
            address: node.status.address ?? "",
            managerStatus: node.managerStatus.map { status in
                status.leader == true ? .leader : SwarmNode.ManagerStatus(rawValue: status.reachability) ?? .unknown
            })
    }

    private static func service(_ service: DockerAPI.SwarmService) -> SwarmService {
        let image = service.spec.taskTemplate.container?.image ?? ""
        let mode: SwarmService.Mode =
            if let replicated = service.spec.mode?.replicated {
                .replicated(Int(clamping: replicated.replicas ?? 1))
            } else if service.spec.mode?.global != nil { .global } else { .job }
        return SwarmService(
            id: service.id, name: service.spec.name ?? "", image: image.split(separator: "@").first.map(String.init) ?? image,
            mode: mode,
            ports: (service.endpoint?.ports ?? []).map {
                SwarmService.Port(published: Int($0.published ?? 0), target: Int($0.target ?? 0), proto: $0.transport ?? "tcp")
            })
    }
}
