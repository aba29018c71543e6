import DockerAPI

/// What a node's data plane is made from: the networks that the node has a place in, and for each of them who else is there.
///
/// It says everything there is to know, so that nodes need not talk to each other about it. Managers tell it whole at the beginning of
/// a session, and then what has changed.
public struct NodeNetworks: Codable, Sendable, Equatable {
    /// What belongs to a network: the network's ID, then that of the node, the task or the service.
    public struct Key: Codable, Sendable, Hashable, Comparable {
        public var network: String
        public var member: String

        public init(_ network: String, _ member: String) {
            self.network = network
            self.member = member
        }

        public static func < (left: Key, right: Key) -> Bool { (left.network, left.member) < (right.network, right.member) }
    }

    /// By their IDs. The one of the routing mesh is among them on every node.
    public var networks: [String: NetworkAssignment] = [:]
    /// The nodes in each network, with this one.
    public var peers: [Key: PeerAssignment] = [:]
    /// The tasks in each network, on whichever node, with this node's own.
    public var endpoints: [Key: EndpointAssignment] = [:]
    /// The services in each network.
    public var services: [Key: ServiceAssignment] = [:]

    public init() {}
}

/// A network that a node has a place in.
public struct NetworkAssignment: Codable, Sendable, Equatable {
    public var id: String
    public var name: String
    /// VXLAN network identifier.
    public var vni: UInt32
    /// UDP port that nodes send the network's packets to each other on.
    public var dataPathPort: UInt32
    /// CIDR: `10.0.1.0/24`.
    public var subnet: String
    /// An address of the subnet that nobody has, for each node to give to its containers as their way out: `10.0.1.1`.
    public var gateway: String
    /// This node's own address, CIDR: `10.0.1.4/24`.
    public var address: String
    /// What a person asks for, bytes; nil for what the underlay leaves room for.
    public var mtu: Int?
    /// Whether containers get nowhere else from it.
    public var isInternal: Bool
    public var isEncrypted: Bool
    /// Whether it carries the routing mesh.
    public var isIngress: Bool
    /// Options of the driver as they were given.
    public var options: [String: String]
    /// What people are shown besides; nil from a manager that does not tell it yet.
    public var shown: Shown?

    /// What a network is like for people, and of no matter to its data plane.
    public struct Shown: Codable, Sendable, Equatable {
        public var createdAt: Timestamp
        public var labels: [String: String]?
        public var isAttachable: Bool
        /// CIDR: the part of the subnet that addresses are given out from; nil for all of it.
        public var range: String?
    }

    public init(_ network: Network, subnet: Network.Subnet, address: String, dataPathPort: UInt32) {
        id = network.id
        name = network.name
        vni = network.vni
        self.dataPathPort = dataPathPort
        self.subnet = subnet.block
        gateway = subnet.gateway
        self.address = address
        mtu = network.mtu
        isInternal = network.spec.isInternal ?? false
        isEncrypted = network.isEncrypted
        isIngress = network.isIngress
        options = network.spec.driver?.options ?? [:]
        shown = Shown(
            createdAt: network.createdAt, labels: network.spec.labels, isAttachable: network.spec.isAttachable ?? false,
            range: subnet.range)
    }
}

/// A node in a network.
public struct PeerAssignment: Codable, Sendable, Equatable {
    public var networkID: String
    public var nodeID: String
    /// Where its packets come from and go to between nodes, without a port.
    public var underlay: String
    /// The node's own address in the network, CIDR.
    public var address: String
    /// Whether managers hear from it.
    public var isReady: Bool
    /// The public key of its WireGuard, base64, in an encrypted network; nil in others, and where it has told none.
    public var tunnelKey: String?

    public init(
        networkID: String, nodeID: String, underlay: String, address: String, isReady: Bool, tunnelKey: String? = nil
    ) {
        self.networkID = networkID
        self.nodeID = nodeID
        self.underlay = underlay
        self.address = address
        self.isReady = isReady
        self.tunnelKey = tunnelKey
    }
}

/// A task in a network, from when it has its node until it has ended.
public struct EndpointAssignment: Codable, Sendable, Equatable {
    public var networkID: String
    public var taskID: String
    /// As its container is called: `web.1.<id>`, or what a person calls a container that is no task's.
    public var taskName: String
    /// Empty for a container that is no task's.
    public var serviceID: String
    public var serviceName: String
    /// Other names of it in this network.
    public var aliases: [String]
    /// CIDR; one for now.
    public var addresses: [String]
    public var nodeID: String
    /// Whom the task's names are asked of that are not the swarm's; nil for those whom its node asks.
    public var nameservers: [String]?
    /// Whether something may be sent to it: it runs, is healthy where it says so, is not about to be stopped, and its node is there.
    public var isReady: Bool

    public init(_ task: TaskRecord, _ attachment: TaskRecord.Attachment, on node: Node?) {
        self.init(task, attachment, isNodeReady: node?.state == .ready)
    }

    /// - Parameter isNodeReady: whether managers hear from the task's node.
    public init(_ task: TaskRecord, _ attachment: TaskRecord.Attachment, isNodeReady: Bool) {
        networkID = attachment.networkID
        taskID = task.id
        taskName = task.containerName ?? task.name
        serviceID = task.serviceID
        serviceName = task.serviceName
        aliases = attachment.aliases
        addresses = attachment.addresses
        nodeID = task.nodeID ?? ""
        nameservers = task.spec.container?.dns?.nameservers.nonEmpty
        isReady = task.status.state == .running && task.desiredState <= .complete && isNodeReady
    }
}

/// A service in a network.
public struct ServiceAssignment: Codable, Sendable, Equatable {
    public var networkID: String
    public var id: String
    public var name: String
    /// Other names of it in this network.
    public var aliases: [String]
    /// `vip` or `dnsrr`.
    public var mode: String
    /// CIDR; nil where it has none, as with `dnsrr`.
    public var virtualIP: String?
    /// All that are published. Where `publishMode` is `ingress`, it is every node's matter; `host` is that of the nodes with a task.
    public var ports: [PortConfig]
    /// Whether tasks are to see where requests to published ports come from, whichever node these arrive at; nil for no.
    public var keepsClientAddress: Bool?

    public init(_ service: Service, in network: Network) {
        networkID = network.id
        id = service.id
        name = service.name
        aliases = service.spec.taskTemplate.networks?.first { $0.target == network.id }?.aliases ?? []
        mode = service.spec.endpoint?.mode ?? "vip"
        virtualIP = service.endpoint?.virtualIPs?.first { $0.networkID == network.id }?.address
        ports = service.endpoint?.ports ?? []
        keepsClientAddress = service.spec.labels?[ServiceLabel.clientAddress] == "keep" ? true : nil
    }
}

/// From one `NodeNetworks` to the next.
public struct NetworkChanges: Codable, Sendable, Equatable {
    public var networks: [NetworkAssignment] = []
    public var peers: [PeerAssignment] = []
    public var endpoints: [EndpointAssignment] = []
    public var services: [ServiceAssignment] = []
    public var removedNetworks: [String] = []
    public var removedPeers: [NodeNetworks.Key] = []
    public var removedEndpoints: [NodeNetworks.Key] = []
    public var removedServices: [NodeNetworks.Key] = []

    public init() {}

    public init(from old: NodeNetworks, to new: NodeNetworks) {
        (networks, removedNetworks) = Self.difference(old.networks, new.networks)
        (peers, removedPeers) = Self.difference(old.peers, new.peers)
        (endpoints, removedEndpoints) = Self.difference(old.endpoints, new.endpoints)
        (services, removedServices) = Self.difference(old.services, new.services)
    }

    public var isEmpty: Bool { self == NetworkChanges() }

    private static func difference<Key: Comparable & Hashable, Value: Equatable>(
        _ old: [Key: Value], _ new: [Key: Value]
    ) -> ([Value], [Key]) {
        var changed: [(Key, Value)] = []
        for (key, value) in new where old[key] != value { changed.append((key, value)) }
        let removed = old.keys.filter { new[$0] == nil }
        return (changed.sorted { $0.0 < $1.0 }.map(\.1), removed.sorted())
    }
}

extension NodeNetworks {
    /// What is left without the networks that are encrypted, and all that is in them.
    public var unencrypted: NodeNetworks {
        var left = self
        for network in networks.values where network.isEncrypted {
            left.networks[network.id] = nil
            left.peers = left.peers.filter { $0.key.network != network.id }
            left.endpoints = left.endpoints.filter { $0.key.network != network.id }
            left.services = left.services.filter { $0.key.network != network.id }
        }
        return left
    }

    public mutating func apply(_ changes: NetworkChanges) {
        for id in changes.removedNetworks { networks[id] = nil }
        for key in changes.removedPeers { peers[key] = nil }
        for key in changes.removedEndpoints { endpoints[key] = nil }
        for key in changes.removedServices { services[key] = nil }
        for network in changes.networks { networks[network.id] = network }
        for peer in changes.peers { peers[Key(peer.networkID, peer.nodeID)] = peer }
        for endpoint in changes.endpoints { endpoints[Key(endpoint.networkID, endpoint.taskID)] = endpoint }
        for service in changes.services { services[Key(service.networkID, service.id)] = service }
    }
}
