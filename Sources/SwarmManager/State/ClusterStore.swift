import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore

/// A value with the version that an update of it must name.
public struct Versioned<Value: Sendable>: Sendable {
    public var value: Value
    /// The store's revision of its newest change.
    public var version: UInt64

    public init(_ value: Value, version: UInt64) {
        self.value = value
        self.version = version
    }
}

/// Where things are in the store.
public enum StoreKey {
    public static let cluster = "cluster"
    public static let nodes = "nodes/"
    public static let removed = "removed/"
    public static let services = "services/"
    public static let tasks = "tasks/"
    public static let networks = "networks/"
    /// Nodes' own addresses in networks: `peers/<network>/<node>`.
    public static let peers = "peers/"
    /// Which names are taken, and by whom: `names/services/web` holds an ID.
    public static let names = "names/"

    public static func node(_ id: String) -> String { nodes + id }
    public static func removed(_ id: String) -> String { removed + id }
    public static func service(_ id: String) -> String { services + id }
    public static func task(_ id: String) -> String { tasks + id }
    public static func network(_ id: String) -> String { networks + id }
    public static func peers(of network: String) -> String { "\(peers)\(network)/" }
    public static func peer(_ network: String, _ node: String) -> String { peers(of: network) + node }
    public static func all(_ kind: TaskData.Kind) -> String { kind.rawValue + "/" }
    public static func data(_ kind: TaskData.Kind, _ id: String) -> String { all(kind) + id }
    /// Names are unique whatever their case, as in Swarm mode.
    ///
    /// - Parameter collection: `services`, `networks`, `secrets` or `configs`.
    public static func name(_ name: String, in collection: String) -> String { "\(names)\(collection)/\(name.lowercased())" }
    /// What guards changes of several objects at once.
    static let allocations = "allocations/"
    /// Changes with every change of published ports: who gives out ports names the version that it has read before the services.
    public static let portAllocations = "allocations/ports"
    /// Changes with every network that is made: who gives out subnets names the version that it has read before the networks. Absent
    /// only in a swarm that was made before there were any.
    public static let networkAllocations = "allocations/networks"
    /// Changes whenever a service comes to refer to a network, so that none is removed at the same moment.
    public static let networkReferences = "allocations/network-references"
    /// Changes whenever a service comes to refer to a secret or a config, so that none is removed at the same moment.
    public static func references(to kind: TaskData.Kind) -> String { "allocations/\(kind.rawValue)" }
}

/// The store with the swarm's objects in it. Refusals of the store are thrown as the API's errors.
public struct ClusterStore: Sendable {
    public let store: any Store
    private let decoded = DecodedValues()

    public init(_ store: any Store) { self.store = store }

    public func cluster(within limit: Duration = defaultStoreLimit) async throws -> Versioned<Cluster> {
        guard let cluster: Versioned<Cluster> = try await read(StoreKey.cluster, within: limit) else {
            throw APIError.noCluster
        }
        return cluster
    }

    public func node(_ id: String) async throws -> Versioned<Node>? { try await read(StoreKey.node(id)) }

    public func nodes() async throws -> [Versioned<Node>] { try await all(StoreKey.nodes) }
    /// Tasks that a sieve lets through of those that were read, in order of their IDs.
    func tasks(in entries: some Sequence<StoreEntry>, _ sieve: TaskSieve) throws -> [Versioned<TaskRecord>] {
        try values(of: entries.filter(sieve.passes).sorted { $0.key < $1.key })
    }

    func all<Value: Decodable>(_ prefix: String) async throws -> [Versioned<Value>] {
        try values(of: try await asking { try await store.read(prefix: prefix) }.entries)
    }

    private func values<Value: Decodable>(of entries: [StoreEntry]) throws -> [Versioned<Value>] {
        let values: [Value] = try decoded.decode(entries)
        return zip(values, entries).map { Versioned($0, version: $1.modRevision) }
    }

    /// Nodes that were removed and whose certificates may still be valid.
    public func removed() async throws -> [RemovedNode] {
        try await asking { try await store.read(prefix: StoreKey.removed) }.entries.map(Self.decode)
    }

    func read<Value: Decodable>(
        _ key: String, within limit: Duration = defaultStoreLimit
    ) async throws -> Versioned<Value>? {
        try await asking { try await store.read(key: key, within: limit) }
            .map { Versioned(try Self.decode($0), version: $0.modRevision) }
    }

    /// Carries out changes made from objects at the versions that the transaction names.
    ///
    /// - Throws: `update out of sequence` where one of them has changed since.
    @discardableResult
    public func commit(_ transaction: Transaction) async throws -> UInt64 {
        try await asking { try await store.commit(transaction) }
    }

    /// Carries out changes, or tells which of their conditions does not hold.
    ///
    /// - Returns: nil where they are carried out.
    public func attempt(_ transaction: Transaction) async throws -> StoreConflict? {
        do {
            try await store.commit(transaction)
            return nil
        } catch let conflict as StoreConflict {
            return conflict
        } catch let error as StoreError {
            throw APIError(error)
        }
    }

    /// What is under a key, as it is.
    func entry(_ key: String) async throws -> StoreEntry? { try await asking { try await store.read(key: key) } }

    /// Changes an object by what `change` makes of its present value, again where another change comes between.
    ///
    /// - Parameter change: returns nil to leave it as it is.
    /// - Returns: the new value; nil where the node is not there, or is left alone.
    @discardableResult
    public func changeNode(
        _ id: String, fence: Fence? = nil, _ change: @Sendable (Node) throws -> Node?
    ) async throws -> Node? {
        while true {
            guard let node = try await node(id), let changed = try change(node.value) else { return nil }
            var transaction = Transaction()
            transaction.require(StoreKey.node(id), modRevision: node.version)
            try transaction.put(changed)
            if let fence { transaction = transaction.fenced(by: fence) }
            do {
                try await store.commit(transaction)
                return changed
            } catch let conflict as StoreConflict where !conflict.isFencedOff {
                continue
            } catch let error as StoreError {
                throw APIError(error)
            }
        }
    }

    private func asking<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as StoreError {
            throw APIError(error)
        } catch is StoreConflict {
            throw APIError.outOfSequence
        }
    }

    static func decode<Value: Decodable>(_ entry: StoreEntry) throws -> Value {
        try JSONDecoder().decode(Value.self, from: entry.value)
    }
}

extension Transaction {
    mutating func put(_ node: Node) throws { put(StoreKey.node(node.id), try JSONEncoder().encode(node)) }
    mutating func put(_ cluster: Cluster) throws { put(StoreKey.cluster, try JSONEncoder().encode(cluster)) }
    mutating func put(_ service: Service) throws { put(StoreKey.service(service.id), try JSONEncoder().encode(service)) }
    mutating func put(_ task: TaskRecord) throws { put(StoreKey.task(task.id), try JSONEncoder().encode(task)) }
    mutating func put(_ network: Network) throws { put(StoreKey.network(network.id), try JSONEncoder().encode(network)) }
    mutating func put(_ peer: NetworkPeer) throws {
        put(StoreKey.peer(peer.networkID, peer.nodeID), try JSONEncoder().encode(peer))
    }
    mutating func put(_ data: TaskData) throws { put(StoreKey.data(data.kind, data.id), try JSONEncoder().encode(data)) }
    mutating func put(_ removed: RemovedNode) throws {
        put(StoreKey.removed(removed.id), try JSONEncoder().encode(removed))
    }
}

extension APIError {
    /// What managers say that cannot decide anything.
    public static let noLeader = APIError(StoreError.noLeader)

    static let noCluster = APIError.remote(.notFound, "cluster not found")

    /// An update that was made from an old version of the object.
    static let outOfSequence = APIError.remote(.unknown, "update out of sequence")

    /// What a person reads of the store's trouble: as a manager of Swarm mode says it, where it has words for it.
    init(_ error: StoreError) {
        switch error {
        case .noLeader: self = .remote(.unknown, error.description)
        case .timedOut: self = .remote(.deadlineExceeded, "context deadline exceeded")
        case .noSpace, .failed, .invalid, .compacted: self = .remote(.unknown, error.description)
        case .closed, .unavailable: self = .remote(.unavailable, error.description)
        }
    }
}
