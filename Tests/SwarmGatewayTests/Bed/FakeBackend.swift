import DockerAPI
import SwarmGateway
import SwarmModel

/// A node whose part in the swarm is what a test says.
actor FakeBackend: SwarmBackend {
    var calls: [String] = []
    var refusal: APIError?
    var state = "active/manager"
    var swarmInfo = SwarmInfo(nodeID: "n1", localNodeState: "active")
    var allNodes: [SwarmNode] = [
        FakeBackend.node("n1abc", "alpha", role: "manager", labels: ["zone": "a"], engineLabels: ["disk": "ssd"]),
        FakeBackend.node("n2abd", "beta", role: "worker"),
    ]
    private var streams: [AsyncStream<SwarmEvent>.Continuation] = []

    static func node(
        _ id: String, _ name: String, role: String, labels: [String: String] = [:], engineLabels: [String: String] = [:]
    ) -> SwarmNode {
        SwarmNode(
            id: id, version: ObjectVersion(index: 10), createdAt: nil, updatedAt: nil,
            spec: .init(labels: labels, role: role, availability: "active"),
            description: .init(hostname: name, engine: .init(version: "26.1.5", labels: engineLabels)),
            status: .init(state: "ready", address: "10.0.0.1"), managerStatus: nil)
    }

    func set(refusal: APIError?) { self.refusal = refusal }
    func set(info: SwarmInfo) { swarmInfo = info }

    private func note(_ call: String) throws {
        calls.append(call)
        if let refusal { throw refusal }
    }

    func availability() -> String { state }
    func information() -> SwarmInfo { swarmInfo }
    func initialize(_ request: SwarmInitRequest) throws -> String {
        try note("init \(request.listenAddress ?? "-") \(request.advertiseAddress ?? "-")")
        return "n1abc"
    }
    func join(_ request: SwarmJoinRequest) throws { try note("join \(request.remoteAddresses ?? [])") }
    func leave(force: Bool) throws { try note("leave \(force)") }
    func unlock(_ key: String) throws { try note("unlock \(key)") }
    func requireManager() throws { if let refusal { throw refusal } }
    func swarm() throws -> Swarm {
        try note("swarm")
        let time = Timestamp(nanoseconds: 0)
        return Swarm(
            cluster: ClusterInfo(
                id: "c1", version: ObjectVersion(index: 5), createdAt: time, updatedAt: time, spec: SwarmSpec(),
                tlsInfo: TLSInfo(),
                rootRotationInProgress: false, defaultAddressPool: ["10.0.0.0/8"], subnetSize: 24, dataPathPort: 4789),
            joinTokens: .init(worker: "SWMTKN-1-w", manager: "SWMTKN-1-m"))
    }
    func update(version: UInt64, spec: SwarmSpec, flags: SwarmUpdateFlags) throws {
        try note("update \(version) \(spec.name ?? "-") \(flags.rotateWorkerToken) \(flags.rotateManagerToken)")
    }
    func unlockKey() throws -> String {
        try note("unlockKey")
        return ""
    }
    func nodes() throws -> [SwarmNode] {
        try note("nodes")
        return allNodes
    }
    func node(_ name: String) throws -> SwarmNode {
        try note("node \(name)")
        guard let node = allNodes.first(where: { $0.id == name || $0.description.hostname == name }) else {
            throw APIError(404, "node \(name) not found")
        }
        return node
    }
    func updateNode(_ name: String, version: UInt64, spec: SwarmNode.Spec) throws {
        try note("updateNode \(name) \(version) \(spec.role) \(spec.availability) \(spec.labels ?? [:])")
    }
    func removeNode(_ name: String, force: Bool) throws { try note("removeNode \(name) \(force)") }

    var allServices: [SwarmService] = []
    var allTasks: [SwarmTask] = []
    var allData: [TaskData.Kind: [SwarmData]] = [:]
    var logLines: AsyncThrowingStream<LogLine, any Error>?
    var requestedSpec: ServiceSpec?

    func set(services: [SwarmService]) { allServices = services }
    func set(tasks: [SwarmTask]) { allTasks = tasks }
    func set(_ kind: TaskData.Kind, _ data: [SwarmData]) { allData[kind] = data }
    func set(logs: AsyncThrowingStream<LogLine, any Error>) { logLines = logs }

    func services(counting: Bool) throws -> [SwarmService] {
        try note("services \(counting)")
        return allServices
    }
    func service(_ name: String, defaults: Bool) throws -> SwarmService {
        try note("service \(name) \(defaults)")
        guard let service = allServices.first(where: { $0.id == name || $0.spec.name == name }) else {
            throw APIError(404, "service \(name) not found")
        }
        return service
    }
    func createService(_ spec: ServiceSpec, registryAuth: String) throws -> ServiceResponse {
        try note("createService \(spec.name ?? "-") \(registryAuth)")
        requestedSpec = spec
        return ServiceResponse(id: "s1")
    }
    func updateService(_ name: String, _ update: ServiceUpdate) throws {
        try note(
            "updateService \(name) \(update.version) \(update.registryAuth) \(update.registryAuthFrom.rawValue) \(update.isRollback)"
        )
        requestedSpec = update.spec
    }
    func removeService(_ name: String) throws { try note("removeService \(name)") }
    func tasks(_ filters: Filters) throws -> [SwarmTask] {
        try note("tasks \(filters.values.mapValues { $0.sorted() }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })")
        return allTasks
    }
    func task(_ name: String) throws -> SwarmTask {
        try note("task \(name)")
        guard let task = allTasks.first(where: { $0.id == name }) else { throw APIError(404, "task \(name) not found") }
        return task
    }
    func data(_ kind: TaskData.Kind) throws -> [SwarmData] {
        try note("data \(kind)")
        return allData[kind] ?? []
    }
    func data(_ kind: TaskData.Kind, _ name: String) throws -> SwarmData {
        try note("data \(kind) \(name)")
        guard let data = allData[kind]?.first(where: { $0.id == name || $0.spec.name == name }) else {
            throw APIError(404, "\(kind.noun) \(name) not found")
        }
        return data
    }
    func createData(_ kind: TaskData.Kind, _ spec: SwarmDataSpec) throws -> String {
        try note("createData \(kind) \(spec.name ?? "-") \(spec.data ?? "-")")
        return "d1"
    }
    func updateData(_ kind: TaskData.Kind, _ name: String, version: UInt64, spec: SwarmDataSpec) throws {
        try note("updateData \(kind) \(name) \(version) \(spec.labels ?? [:])")
    }
    func removeData(_ kind: TaskData.Kind, _ name: String) throws { try note("removeData \(kind) \(name)") }
    var allNetworks: [NetworkResource] = []

    func set(state: String) { self.state = state }
    func set(networks: [NetworkResource]) { allNetworks = networks }

    func networks(verbose: Bool) throws -> [NetworkResource] {
        try note("networks \(verbose)")
        return allNetworks
    }
    func network(_ name: String, verbose: Bool) throws -> NetworkResource {
        try note("network \(name) \(verbose)")
        let found = allNetworks.first { $0.id == name || $0.name == name } ?? allNetworks.first { $0.id.hasPrefix(name) }
        guard let found else { throw APIError(404, "network \(name) not found") }
        return found
    }
    func createNetwork(_ request: NetworkCreateRequest) throws -> String {
        try note("createNetwork \(request.name ?? "-")")
        return "o1"
    }
    func removeNetwork(_ name: String) throws { try note("removeNetwork \(name)") }
    func pruneNetworks(where filter: @Sendable (NetworkResource) -> Bool) throws -> [String] {
        try note("pruneNetworks")
        return allNetworks.filter(filter).map(\.name)
    }

    func attach(_ request: AttachmentDraft) throws -> AttachmentPlace {
        let words =
            [request.network, request.address ?? "-", request.containerName ?? "-"] + request.aliases + request.nameservers
        try note("attach \(words.joined(separator: " "))")
        guard let address = IPv4Address("10.0.1.7"), request.network != "nope" else {
            throw APIError(404, "Could not attach to network nope: rpc error: code = NotFound desc = network nope not found")
        }
        return AttachmentPlace(id: "a1", network: "open", address: address, resolver: IPv4Address("10.0.1.4"))
    }
    func attached(_ id: String, container: String) { calls.append("attached \(id) \(container)") }
    func release(_ id: String) { calls.append("release \(id)") }
    func release(container: String, from network: String) { calls.append("release \(container) \(network)") }

    func logs(_ selection: LogSelection, deliver: @escaping @Sendable ([LogLine]) async throws -> Void) async throws {
        try note("logs \(selection.source) \(selection.follows) \(selection.output) \(selection.errors) \(selection.tail ?? -1)")
        guard let logLines else { return }
        for try await line in logLines { try await deliver([line]) }
    }

    func events() -> AsyncStream<SwarmEvent> {
        let (stream, continuation) = AsyncStream<SwarmEvent>.makeStream()
        streams.append(continuation)
        return stream
    }

    var listeners: Int { streams.count }
    func emit(_ event: SwarmEvent) { for stream in streams { stream.yield(event) } }
}
