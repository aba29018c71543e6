import DockerAPI
import SwarmModel

/// Something that has happened to an object of the swarm, with the attributes that `docker events` shows.
public struct SwarmChange: Sendable, Equatable {
    public enum Action: String, Sendable { case create, update, remove }

    public var action: Action
    /// ID of the node.
    public var nodeID: String
    /// `name`, and pairs such as `state.old` and `state.new`.
    public var attributes: [String: String]

    /// What has happened to nodes between two states, in order of their IDs.
    static func between(_ old: ClusterState, _ new: ClusterState) -> [SwarmChange] {
        Set(old.nodes.keys).union(new.nodes.keys).sorted().compactMap { id in
            switch (old.nodes[id]?.value, new.nodes[id]?.value) {
            case (nil, let node?): SwarmChange(action: .create, nodeID: id, attributes: name(node))
            case (let node?, nil): SwarmChange(action: .remove, nodeID: id, attributes: name(node))
            case (let before?, let after?):
                between(before, after, leaders: (old.leader?.nodeID == id, new.leader?.nodeID == id))
            case (nil, nil): nil
            }
        }
    }

    private static func between(_ old: Node, _ new: Node, leaders: (old: Bool, new: Bool)) -> SwarmChange? {
        var attributes: [String: String] = [:]
        func compare(_ name: String, _ old: String, _ new: String) {
            guard old != new else { return }
            attributes[name + ".old"] = old
            attributes[name + ".new"] = new
        }
        compare("availability", old.spec.availability, new.spec.availability)
        compare("role", old.spec.role, new.spec.role)
        compare("state", old.state.rawValue, new.state.rawValue)
        compare("leader", "\(leaders.old)", "\(leaders.new)")
        compare("reachability", old.manager?.reachability.rawValue ?? "", new.manager?.reachability.rawValue ?? "")
        guard !attributes.isEmpty || old.spec != new.spec else { return nil }
        return SwarmChange(action: .update, nodeID: new.id, attributes: attributes.merging(name(new)) { first, _ in first })
    }

    private static func name(_ node: Node) -> [String: String] { ["name": node.description.hostname ?? ""] }
}
