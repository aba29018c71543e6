import Foundation
import SwarmModel

/// What managers tell of networks, made of few words.
struct NetworksSample {
    var all = NodeNetworks()

    static func id(_ number: Int) -> String { "network\(number)abcdefghijklmnopq" }

    /// A network `10.0.<number>.0/24` as a node sees it, whose nodes `node-1`, `node-2`… have .251, .252… in it, and are at 10.77.0.1….
    mutating func add(network number: Int, nodes: Int = 2, seenBy node: Int = 1, mtu: Int? = nil, isIngress: Bool = false) throws
    {
        let id = Self.id(number)
        all.networks[id] = try Self.decode(
            NetworkAssignment.self,
            """
            {"id": "\(id)", "name": "front", "vni": \(4096 + number), "dataPathPort": 4789, "subnet": "10.0.\(number).0/24",
             "gateway": "10.0.\(number).1", "address": "10.0.\(number).\(250 + node)/24", "isInternal": false, "isEncrypted": false,
             "mtu": \(mtu.map { "\($0)" } ?? "null"), "isIngress": \(isIngress), "options": {}}
            """)
        for peer in 1...nodes {
            let assignment = PeerAssignment(
                networkID: id, nodeID: "node-\(peer)", underlay: "10.77.0.\(peer)", address: "10.0.\(number).\(250 + peer)/24",
                isReady: true)
            all.peers[NodeNetworks.Key(id, assignment.nodeID)] = assignment
        }
    }

    /// A task with an address `10.0.<number>.<host>` on a node.
    mutating func add(task: String, network number: Int, host: Int, on node: Int, isReady: Bool = true) throws {
        let id = Self.id(number)
        all.endpoints[NodeNetworks.Key(id, task)] = try Self.decode(
            EndpointAssignment.self,
            """
            {"networkID": "\(id)", "taskID": "\(task)", "taskName": "web.1.\(task)", "serviceID": "web", "serviceName": "web",
             "aliases": [], "addresses": ["10.0.\(number).\(host)/24"], "nodeID": "node-\(node)", "isReady": \(isReady)}
            """)
    }

    mutating func remove(task: String, network number: Int) { all.endpoints[NodeNetworks.Key(Self.id(number), task)] = nil }

    /// A service with a virtual address `10.0.<number>.<host>`.
    mutating func add(service: String, network number: Int, host: Int) throws {
        let id = Self.id(number)
        all.services[NodeNetworks.Key(id, service)] = try Self.decode(
            ServiceAssignment.self,
            """
            {"networkID": "\(id)", "id": "\(service)", "name": "\(service)", "aliases": [], "mode": "vip",
             "virtualIP": "10.0.\(number).\(host)/24", "ports": []}
            """)
    }

    private static func decode<Value: Decodable>(_: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
