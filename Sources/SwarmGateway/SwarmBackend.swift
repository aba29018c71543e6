import DockerAPI
import SwarmModel

/// What the gateway asks of its node's part in the swarm. Refusals are `APIError`s with the engine's statuses and texts; anything
/// else that is thrown is answered as status 500.
public protocol SwarmBackend: Sendable {
    /// The value of the header `Swarm` of `/_ping`: `inactive`, `pending`, `error`, `locked`, `active/worker` or `active/manager`.
    func availability() async -> String
    /// What `/info` says of the swarm. Never fails: what is wrong stands in it.
    func information() async -> SwarmInfo

    /// Makes this node the first manager of a new swarm.
    ///
    /// - Returns: the ID of the node.
    func initialize(_ request: SwarmInitRequest) async throws -> String
    func join(_ request: SwarmJoinRequest) async throws
    func leave(force: Bool) async throws
    func unlock(_ key: String) async throws

    // What follows is answered only by managers, unless it says otherwise.

    /// Refuses where this node cannot answer for the swarm, with the text that says why.
    func requireManager() async throws
    func swarm() async throws -> Swarm
    func update(version: UInt64, spec: SwarmSpec, flags: SwarmUpdateFlags) async throws
    /// - Returns: `SWMKEY-1-…`, or nothing where managers are not locked at start.
    func unlockKey() async throws -> String
    /// All nodes, in no order.
    func nodes() async throws -> [SwarmNode]
    /// - Parameter name: an ID, a host name, or the beginning of an ID.
    func node(_ name: String) async throws -> SwarmNode
    func updateNode(_ name: String, version: UInt64, spec: SwarmNode.Spec) async throws
    func removeNode(_ name: String, force: Bool) async throws

    /// All services, in no order.
    ///
    /// - Parameter counting: with how many of their tasks run.
    func services(counting: Bool) async throws -> [SwarmService]
    /// - Parameters:
    ///   - name: an ID, a name, or the beginning of an ID; likewise below.
    ///   - defaults: with what a spec means that does not say it.
    func service(_ name: String, defaults: Bool) async throws -> SwarmService
    /// - Parameter registryAuth: the header `X-Registry-Auth`, as it came; empty where there is none.
    func createService(_ spec: ServiceSpec, registryAuth: String) async throws -> ServiceResponse
    func updateService(_ name: String, _ update: ServiceUpdate) async throws
    func removeService(_ name: String) async throws

    /// - Parameter filters: those of `GET /tasks`, unchecked.
    func tasks(_ filters: Filters) async throws -> [SwarmTask]
    func task(_ name: String) async throws -> SwarmTask

    /// All secrets or configs, in no order.
    func data(_ kind: TaskData.Kind) async throws -> [SwarmData]
    func data(_ kind: TaskData.Kind, _ name: String) async throws -> SwarmData
    /// - Returns: the ID.
    func createData(_ kind: TaskData.Kind, _ spec: SwarmDataSpec) async throws -> String
    func updateData(_ kind: TaskData.Kind, _ name: String, version: UInt64, spec: SwarmDataSpec) async throws
    func removeData(_ kind: TaskData.Kind, _ name: String) async throws

    /// All networks of the swarm, in order of their names; on a worker those that it has a place in.
    ///
    /// - Parameter verbose: with the services and the nodes in them; likewise below.
    func networks(verbose: Bool) async throws -> [NetworkResource]
    /// Of a worker, too, as far as it has a place in it.
    func network(_ name: String, verbose: Bool) async throws -> NetworkResource
    /// - Returns: the ID.
    func createNetwork(_ request: NetworkCreateRequest) async throws -> String
    func removeNetwork(_ name: String) async throws
    /// - Parameter filter: which of those that nothing uses.
    /// - Returns: the names of those that were removed.
    func pruneNetworks(where filter: @Sendable (NetworkResource) -> Bool) async throws -> [String]

    /// Gets a place for a plain container of this node, which may be a worker, in a network of the swarm, and waits until the network is
    /// there. Either `attached` or `release` follows.
    ///
    /// - Throws: what starts with `Could not attach to network`; status 404 where the swarm has no such network.
    func attach(_ request: AttachmentDraft) async throws -> AttachmentPlace
    /// The container that has a place.
    func attached(_ id: String, container: String) async
    /// Gives back a place whose container has not come to be.
    func release(_ id: String) async
    /// Gives back the place of a container that has left a network.
    ///
    /// - Parameter network: the swarm's ID of it.
    func release(container: String, from network: String) async

    /// Hands over what containers of tasks have written, as it comes, until everything is told; to who follows, until cancelled.
    ///
    /// - Parameters:
    ///   - selection: with IDs of a service or a task that is there.
    ///   - deliver: reading goes no faster than it.
    /// - Throws: what says which part was missing, after everything else.
    func logs(_ selection: LogSelection, deliver: @escaping @Sendable ([LogLine]) async throws -> Void) async throws

    /// What happens in the swarm from now on: nothing for as long as this node is no manager.
    func events() async -> AsyncStream<SwarmEvent>
}

/// A place in a network that a plain container is to have.
public struct AttachmentDraft: Sendable, Equatable {
    /// ID or name.
    public var network: String
    /// The address that it is to have; nil for any.
    public var address: String?
    /// Other names of it in the network.
    public var aliases: [String]
    /// Nil where it has none yet.
    public var containerName: String?
    /// Whom names are asked of that are not the swarm's; empty for those whom the node asks.
    public var nameservers: [String]

    public init(
        network: String, address: String? = nil, aliases: [String] = [], containerName: String? = nil, nameservers: [String] = []
    ) {
        self.network = network
        self.address = address
        self.aliases = aliases
        self.containerName = containerName
        self.nameservers = nameservers
    }
}

/// What a plain container gets in a network.
public struct AttachmentPlace: Sendable, Equatable {
    public var id: String
    /// What the engine calls the network that stands for it: as the swarm does.
    public var network: String
    public var address: IPv4Address
    /// Who tells names in it.
    public var resolver: IPv4Address?

    public init(id: String, network: String, address: IPv4Address, resolver: IPv4Address?) {
        self.id = id
        self.network = network
        self.address = address
        self.resolver = resolver
    }
}

/// Something that has happened to the swarm, as `docker events` shows it.
public struct SwarmEvent: Sendable, Equatable {
    /// `node`, `service`, `network`, `secret` or `config`.
    public var kind: String
    /// `create`, `update` or `remove`.
    public var action: String
    /// ID of the object.
    public var id: String
    /// `name`, and for what has changed a pair such as `state.old` and `state.new`.
    public var attributes: [String: String]
    public var time: Timestamp

    public init(kind: String, action: String, id: String, attributes: [String: String], time: Timestamp) {
        self.kind = kind
        self.action = action
        self.id = id
        self.attributes = attributes
        self.time = time
    }
}
