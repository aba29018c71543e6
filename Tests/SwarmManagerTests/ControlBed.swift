import DockerAPI
import FoundationEssentials
import Logging
import SwarmModel
import SwarmStore
import Synchronization

@testable import SwarmManager

/// The API of services on a store in memory.
struct ControlBed: Sendable {
    /// Nobody takes part in the store but who is asked for here.
    struct NoMembers: StoreMembers {
        func add(peerURL: String, node: String) async throws -> (id: UInt64, all: [UInt64: String]) { (1, [1: peerURL]) }
        func confirm(_ id: UInt64) async throws -> Bool { true }
        func remove(_ id: UInt64) async throws {}
        func move(_ id: UInt64, to peerURL: String) async throws {}
        func voters() async throws -> Set<UInt64> { [] }
        func transferLeadership(to id: UInt64) async throws {}
    }

    static let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)
    let objects: ClusterStore
    let control: Control

    /// With the network of the routing mesh in it, as every swarm has it.
    static func store() -> InMemoryStore {
        let mesh = Network(
            id: "mesh", now: time, spec: .ingress, vni: 4096, subnets: [.init(block: "10.0.0.0/24", gateway: "10.0.0.1")])
        guard let value = try? JSONEncoder().encode(mesh) else { return InMemoryStore() }
        return InMemoryStore(values: [StoreKey.network(mesh.id): value])
    }

    /// - Parameter view: the manager's own copy of the store; nil for one that follows nothing.
    init(_ store: any Store = ControlBed.store(), view: ClusterView? = nil) {
        objects = ClusterStore(store)
        control = Self.control(objects, view: view)
    }

    static func control(_ objects: ClusterStore, view: ClusterView? = nil, at time: Timestamp = Self.time) -> Control {
        Control(objects, members: NoMembers(), view: view ?? Self.view(of: objects.store), now: { time })
    }

    static func view(of store: any Store) -> ClusterView {
        ClusterView(store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// - Returns: the ID.
    @discardableResult
    func create(_ name: String, _ change: (inout ServiceSpec) -> Void = { _ in }) async throws -> String {
        try await control.createService(Self.spec(name, change)).id ?? ""
    }

    /// Updates a service from its present version by a change of its present spec.
    func update(_ name: String, isRollback: Bool = false, _ change: (inout ServiceSpec) -> Void = { _ in }) async throws {
        let present = try await control.service(name)
        var spec = present.spec
        change(&spec)
        try await control.updateService(
            name, ServiceUpdate(version: present.version.index, spec: spec, isRollback: isRollback))
    }

    /// - Returns: the ID.
    @discardableResult
    func createData(_ kind: TaskData.Kind, _ name: String, _ text: String = "hidden") async throws -> String {
        try await control.createData(kind, SwarmDataSpec(name: name, data: Data(text.utf8).base64EncodedString()))
    }

    func put(_ task: TaskRecord) async throws {
        var transaction = Transaction()
        try transaction.put(task)
        try await objects.commit(transaction)
    }

    func put(_ service: Service) async throws {
        var transaction = Transaction()
        try transaction.put(service)
        try await objects.commit(transaction)
    }

    func put(_ data: TaskData) async throws {
        var transaction = Transaction()
        try transaction.put(data)
        try await objects.commit(transaction)
    }

    func put(_ node: Node) async throws {
        var transaction = Transaction()
        try transaction.put(node)
        try await objects.commit(transaction)
    }

    static func spec(_ name: String?, _ change: (inout ServiceSpec) -> Void = { _ in }) -> ServiceSpec {
        var spec = ServiceSpec(name: name, taskTemplate: TaskSpec(container: ContainerSpec(image: "nginx")))
        change(&spec)
        return spec
    }

    static func port(
        _ published: UInt32?, to target: UInt32 = 80, mode: String? = nil, transport: String? = nil
    ) -> PortConfig {
        PortConfig(transport: transport, target: target, published: published, publishMode: mode)
    }

    static func publish(_ ports: PortConfig...) -> (inout ServiceSpec) -> Void {
        { $0.endpoint = EndpointSpec(ports: ports) }
    }

    static func secret(_ id: String, _ name: String, at target: String? = nil) -> SecretReference {
        SecretReference(file: FileTarget(name: target ?? name, uid: "0", gid: "0", mode: 292), secretID: id, secretName: name)
    }
}

/// What was refused; nil if it was not.
func refusal(_ body: () async throws -> Void) async -> APIError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? APIError
    }
}

/// A store that lets others do something just before each commit, as it happens in a swarm with several managers.
final class InterruptedStore: Store {
    private let base: InMemoryStore
    private let interruptions: Mutex<[@Sendable (any Store) async throws -> Void]>

    /// - Parameter interruptions: one for each of the next commits.
    init(
        base: InMemoryStore = ControlBed.store(), _ interruptions: (@Sendable (any Store) async throws -> Void)...
    ) {
        self.base = base
        self.interruptions = Mutex(interruptions)
    }

    func interrupt(_ body: @escaping @Sendable (any Store) async throws -> Void) { interruptions.withLock { $0.append(body) } }

    func read(prefix: String, within limit: Duration) async throws -> StoreSnapshot {
        try await base.read(prefix: prefix, within: limit)
    }
    func read(key: String, within limit: Duration) async throws -> StoreEntry? { try await base.read(key: key, within: limit) }
    func revision(within limit: Duration) async throws -> UInt64 { try await base.revision(within: limit) }
    func commit(_ transaction: Transaction, within limit: Duration) async throws -> UInt64 {
        if let next = interruptions.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { try await next(base) }
        return try await base.commit(transaction, within: limit)
    }
    func watch(prefix: String, after revision: UInt64) -> AsyncThrowingStream<WatchBatch, any Error> {
        base.watch(prefix: prefix, after: revision)
    }
}
