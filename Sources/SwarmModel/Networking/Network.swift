import DockerAPI

/// An overlay network, as the store holds it. Its version is the store's.
public struct Network: Codable, Sendable, Equatable {
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// As a person gave it.
    public var spec: NetworkSpec
    /// What tells its packets from those of other networks between nodes: the VXLAN network identifier, 24 bits.
    public var vni: UInt32
    /// What was given to it; one for now.
    public var subnets: [Subnet]

    /// Addresses of a network.
    public struct Subnet: Codable, Sendable, Equatable {
        /// CIDR: `10.0.1.0/24`.
        public var block: String
        /// The part of the block that addresses are given out from, in CIDR notation; nil for all of it.
        public var range: String?
        /// An address of the block that is nobody else's: `10.0.1.1`.
        public var gateway: String

        public init(block: String, range: String? = nil, gateway: String) {
            self.block = block
            self.range = range
            self.gateway = gateway
        }
    }

    public init(id: String, now: Timestamp, spec: NetworkSpec, vni: UInt32, subnets: [Subnet]) {
        self.id = id
        createdAt = now
        updatedAt = now
        self.spec = spec
        self.vni = vni
        self.subnets = subnets
    }

    public var name: String { spec.name ?? "" }

    /// Whether it carries the routing mesh.
    public var isIngress: Bool { spec.isIngress ?? false }

    /// What an option of the driver says; nil where it is not given.
    public func option(_ name: String) -> String? { spec.driver?.options?[name] }

    /// Whether packets between nodes are to be encrypted.
    public var isEncrypted: Bool { option("encrypted").map { $0 != "false" } ?? false }

    /// What a person asks the largest packet to be, bytes; nil for what the underlay leaves room for.
    public var mtu: Int? { option(NetworkOption.mtu).flatMap(Int.init) }
}

/// Options of the overlay driver, as they are given with `--opt`.
public enum NetworkOption {
    public static let mtu = "com.docker.network.driver.mtu"
    public static let vni = "com.docker.network.driver.overlay.vxlanid_list"
}

/// Labels that mean something to swarmd.
public enum NetworkLabel {
    /// On an engine's own network that a node's data plane has made for a network of the swarm; its value is the ID of that one.
    public static let network = "com.docker.swarm.network.id"
    /// On a network that stands for one that every engine has.
    public static let predefined = "com.docker.swarm.predefined"
}

/// Labels of services that mean something to the networks they are in.
public enum ServiceLabel {
    /// `keep`: tasks see where requests to published ports come from, whichever node these arrive at.
    public static let clientAddress = "swarmlab.ingress.source-ip"
}

/// A node's place in a network: the address under which it is there itself.
public struct NetworkPeer: Codable, Sendable, Equatable {
    public var networkID: String
    public var nodeID: String
    /// CIDR: `10.0.1.4/24`.
    public var address: String

    public init(networkID: String, nodeID: String, address: String) {
        self.networkID = networkID
        self.nodeID = nodeID
        self.address = address
    }
}

extension TaskSpec {
    /// Networks that every engine has of its own. They are named, not referred to by an ID.
    public static let predefinedNetworks: Set<String> = ["host", "none", "bridge"]

    /// IDs of the swarm's networks that the spec names, in its order.
    public var networkIDs: [String] { (networks ?? []).compactMap(\.target).filter { !Self.predefinedNetworks.contains($0) } }
}

extension EndpointSpec {
    /// Whether the routing mesh carries something to it.
    public var hasIngressPorts: Bool { (ports ?? []).contains { $0.publishMode != "host" } }
}
