import DockerAPI
import SwarmModel

@testable import Orchestration

extension Fixture {
    static func network(_ id: String, _ block: String, vni: UInt32 = 4097, isIngress: Bool = false) -> Network {
        let gateway = IPv4Block(block).map { "\(IPv4Address($0.hosts.lowerBound))" } ?? ""
        return Network(
            id: id, now: start, spec: NetworkSpec(name: id, isIngress: isIngress ? true : nil), vni: vni,
            subnets: [Network.Subnet(block: block, gateway: gateway)])
    }

    static let networks = [
        network("ingress", "10.0.0.0/24", vni: 4096, isIngress: true), network("front", "10.0.1.0/26"),
        network("back", "10.0.2.0/26", vni: 4098),
    ]

    static func attachments(_ names: String...) -> [NetworkAttachmentConfig] {
        names.map { NetworkAttachmentConfig(target: $0, aliases: ["\($0)-alias"]) }
    }

    static let published = EndpointSpec(mode: "vip", ports: [PortConfig(transport: "tcp", target: 80, published: 8080)])
}

extension SimulatedSwarm {
    /// What is wrong with who has which address.
    var networkComplaints: [String] {
        var complaints: [String] = []
        var owners: [String: String] = [:]
        func claim(_ address: String?, in id: String, for owner: String) {
            guard let network = networks[id], let subnet = network.subnets.first, let block = IPv4Block(subnet.block) else {
                return complaints.append("\(owner) is in \(id), which is not there")
            }
            guard let address, let host = IPv4Block.parse(address), block.hosts.contains(host.address.number),
                host.length == block.length, "\(host.address)" != subnet.gateway
            else { return complaints.append("\(owner) has \(address ?? "nothing") in \(id)") }
            if let other = owners.updateValue(owner, forKey: address) {
                complaints.append("\(owner) and \(other) have both \(address)")
            }
        }
        for (place, peer) in peers { claim(peer.address, in: place[0], for: "node \(place[1])") }
        for service in services.values {
            for virtual in service.endpoint?.virtualIPs ?? [] {
                claim(virtual.address, in: virtual.networkID, for: "service \(service.id)")
            }
        }
        for task in tasks.values where !task.status.state.isTerminal {
            for attachment in task.networks { claim(attachment.addresses.first, in: attachment.networkID, for: task.name) }
            guard task.status.state >= .assigned, let node = task.nodeID else { continue }
            let wanted = task.spec.networkIDs + (task.endpoint?.hasIngressPorts ?? false ? ["ingress"] : [])
            if Set(task.networks.map(\.networkID)) != Set(wanted) { complaints.append("\(task.name) is not in \(wanted)") }
            for id in wanted where nodes[node] != nil && peers[[id, node]] == nil {
                complaints.append("\(task.name) runs on \(node), which is not in \(id)")
            }
        }
        return complaints
    }

    /// Places that nodes have in networks where none of their tasks is.
    var needlessPeers: [String] {
        peers.keys.filter { place in
            place[0] != "ingress"
                && !tasks.values.contains { task in
                    task.nodeID == place[1] && !task.status.state.isTerminal
                        && task.networks.contains { $0.networkID == place[0] }
                }
        }.map { $0.joined(separator: "/") }.sorted()
    }
}
