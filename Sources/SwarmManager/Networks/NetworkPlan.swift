import DockerAPI
import Orchestration
import SwarmModel

/// What a new network gets: a subnet and a number, from what the others have left.
struct NetworkPlan {
    /// The first number that networks are told apart by between nodes. The ingress network of a new swarm has it.
    static let firstVNI: UInt32 = 4096
    /// VXLAN has 24 bits for it.
    static let lastVNI: UInt32 = 0xff_ffff

    let cluster: Cluster
    let networks: [Network]
    /// Addresses of nodes: a network that has one of them in it would cut the node off.
    let nodes: [IPv4Address]
    /// The number that was given to a network last. Numbers come again as late as possible: nodes may still be about to take down the
    /// network that had one before.
    let last: UInt32?

    /// - Throws: what is wrong with the request, or what is not left.
    func network(_ spec: NetworkSpec, id: String, now: Timestamp) throws(APIError) -> Network {
        if spec.isIngress == true, let present = networks.first(where: \.isIngress) {
            throw .remote(.alreadyExists, "ingress network (\(present.id)) is already present")
        }
        return Network(id: id, now: now, spec: spec, vni: try vni(spec), subnets: [try subnet(spec)])
    }

    private func vni(_ spec: NetworkSpec) throws(APIError) -> UInt32 {
        let taken = Dictionary(networks.map { ($0.vni, $0.name) }) { first, _ in first }
        if let text = spec.driver?.options?[NetworkOption.vni], !text.isEmpty {
            guard let vni = UInt32(text), (1...Self.lastVNI).contains(vni) else {
                throw ServiceValidation.refusal(
                    "invalid vxlan id value \"\(text)\" passed: it is a number from 1 to \(Self.lastVNI)")
            }
            if let owner = taken[vni] {
                throw .remote(.failedPrecondition, "vxlan id \(vni) is already in use by network \(owner)")
            }
            return vni
        }
        var candidate = last.map { $0 &+ 1 } ?? Self.firstVNI
        for _ in 0...taken.count {
            if !(Self.firstVNI...Self.lastVNI).contains(candidate) { candidate = Self.firstVNI }
            if taken[candidate] == nil { return candidate }
            candidate += 1
        }
        throw .remote(.failedPrecondition, "no vxlan id is left")
    }

    private func subnet(_ spec: NetworkSpec) throws(APIError) -> Network.Subnet {
        let config = spec.ipam?.configs?.first
        let block: IPv4Block
        if let text = config?.subnet {
            guard let wanted = IPv4Block(text) else { throw ServiceValidation.refusal("invalid subnet: \(text)") }
            for network in networks {
                for taken in network.subnets where IPv4Block(taken.block)?.overlaps(wanted) ?? false {
                    throw APIError(
                        403,
                        "Pool overlaps with other one on this address space: \(wanted) and \(taken.block) of network \(network.name)"
                    )
                }
            }
            if let node = nodes.first(where: wanted.contains) {
                throw APIError(
                    403, "Pool overlaps with other one on this address space: \(wanted) has the address of a node in it, \(node)")
            }
            block = wanted
        } else {
            let taken = networks.flatMap(\.subnets).compactMap { IPv4Block($0.block) }
            let free = SubnetAllocation.next(
                from: cluster.defaultAddressPool.compactMap { IPv4Block($0) }, length: Int(cluster.subnetSize),
                avoiding: taken + nodes.map { IPv4Block(containing: $0, length: 32) })
            guard let free else {
                throw .remote(
                    .failedPrecondition,
                    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network")
            }
            block = free
        }
        return Network.Subnet(
            block: block.description, range: config?.range, gateway: config?.gateway ?? "\(IPv4Address(block.hosts.lowerBound))")
    }
}
