import DockerAPI
import FoundationEssentials
import SwarmModel

/// Networks as managers would tell them, in few words. The node of the tests is `here`, another one is `there`.
extension NodeNetworks {
    static let here = "here"
    static let there = "there"

    /// A network by its ID of ten characters or fewer; `own` is this node's address in it, `10.0.1.2/24`.
    mutating func add(network id: String, own: String, isIngress: Bool = false, isInternal: Bool = false) throws {
        let bytes = own.split(separator: ".").prefix(3).joined(separator: ".")
        networks[id] = try decode(
            """
            {"id": "\(id)", "name": "\(id)-net", "vni": 4097, "dataPathPort": 4789, "subnet": "\(bytes).0/24", "gateway": "\(bytes).1",
             "address": "\(own)", "isInternal": \(isInternal), "isEncrypted": false, "isIngress": \(isIngress), "options": {}}
            """)
        peers[Key(id, Self.here)] = PeerAssignment(
            networkID: id, nodeID: Self.here, underlay: "192.0.2.1", address: own, isReady: true)
    }

    mutating func add(peer node: String, in network: String, underlay: String, address: String = "10.99.0.3/24") {
        peers[Key(network, node)] = PeerAssignment(
            networkID: network, nodeID: node, underlay: underlay, address: address, isReady: true)
    }

    mutating func add(
        service id: String, in network: String, virtualIP: String? = nil, mode: String = "vip", ports: [PortConfig] = []
    ) throws {
        let address = virtualIP.map { "\"\($0)/24\"" } ?? "null"
        var service: ServiceAssignment = try decode(
            """
            {"networkID": "\(network)", "id": "\(id)", "name": "\(id)", "aliases": [], "mode": "\(mode)", "virtualIP": \(address),
             "ports": []}
            """)
        service.ports = ports
        services[Key(network, id)] = service
    }

    mutating func add(
        task id: String, of service: String, in network: String, _ address: String, on node: String = here, isReady: Bool = true
    ) throws {
        endpoints[Key(network, id)] = try decode(
            """
            {"networkID": "\(network)", "taskID": "\(id)", "taskName": "\(service).\(id)", "serviceID": "\(service)",
             "serviceName": "\(service)", "aliases": [], "addresses": ["\(address)/24"], "nodeID": "\(node)", "isReady": \(isReady)}
            """)
    }
}

private func decode<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
}
