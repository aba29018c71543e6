import DockerAPI
import SwarmModel

/// Something that has happened to an object of the swarm, with the attributes that `docker events` shows.
public struct SwarmChange: Sendable, Equatable {
    public enum Kind: String, Sendable { case node, service, network, secret, config }
    public enum Action: String, Sendable { case create, update, remove }

    public var kind: Kind
    public var action: Action
    /// Of the object.
    public var id: String
    /// `name`, and pairs such as `state.old` and `state.new`.
    public var attributes: [String: String]

    /// What has happened between two states, of each kind in order of the IDs.
    static func between(_ old: ClusterState, _ new: ClusterState) -> [SwarmChange] {
        between(.node, old.nodes, new.nodes, name: { $0.description.hostname ?? "" }) { before, after in
            differences(
                before, after, leaders: (old.leader?.nodeID == before.id, new.leader?.nodeID == after.id))
        }
            // One that a person has removed is gone for everybody but the leader.
            + between(.service, old.services, new.services, name: \.name, isThere: { !$0.isRemoved }, differences)
            + between(.network, old.networks, new.networks, name: \.name) { $0 == $1 ? nil : [:] }
            + between(.secret, old.secrets, new.secrets, name: \.name) { $0 == $1 ? nil : [:] }
            + between(.config, old.configs, new.configs, name: \.name) { $0 == $1 ? nil : [:] }
    }

    /// - Parameter differences: the attributes of an update; nil where nothing has changed that anybody is told of.
    private static func between<Value>(
        _ kind: Kind, _ old: [String: Versioned<Value>], _ new: [String: Versioned<Value>], name: (Value) -> String,
        isThere: (Value) -> Bool = { _ in true }, _ differences: (Value, Value) -> [String: String]?
    ) -> [SwarmChange] {
        // Most states differ in few objects, and most objects have not changed since.
        var ids: [String] = []
        for (id, value) in new where old[id]?.version != value.version { ids.append(id) }
        for id in old.keys where new[id] == nil { ids.append(id) }
        if kind == .node { ids = Array(Set(old.keys).union(new.keys)) }
        return ids.sorted().compactMap { id in
            func value(in all: [String: Versioned<Value>]) -> Value? { all[id].flatMap { isThere($0.value) ? $0.value : nil } }
            return switch (value(in: old), value(in: new)) {
            case (nil, let value?): SwarmChange(kind: kind, action: .create, id: id, attributes: ["name": name(value)])
            case (let value?, nil): SwarmChange(kind: kind, action: .remove, id: id, attributes: ["name": name(value)])
            case (let before?, let after?):
                differences(before, after).map {
                    let attributes = $0.merging(["name": name(after)]) { first, _ in first }
                    return SwarmChange(kind: kind, action: .update, id: id, attributes: attributes)
                }
            case (nil, nil): nil
            }
        }
    }

    private static func differences(_ old: Node, _ new: Node, leaders: (old: Bool, new: Bool)) -> [String: String]? {
        var changes = Comparison()
        changes.compare("availability", old.spec.availability, new.spec.availability)
        changes.compare("role", old.spec.role, new.spec.role)
        changes.compare("state", old.state.rawValue, new.state.rawValue)
        changes.compare("leader", "\(leaders.old)", "\(leaders.new)")
        changes.compare(
            "reachability", old.manager?.reachability.rawValue ?? "", new.manager?.reachability.rawValue ?? "")
        guard !changes.attributes.isEmpty || old.spec != new.spec else { return nil }
        return changes.attributes
    }

    private static func differences(_ old: Service, _ new: Service) -> [String: String]? {
        guard old != new else { return nil }
        var changes = Comparison()
        changes.compare("image", old.spec.taskTemplate.container?.image, new.spec.taskTemplate.container?.image)
        changes.compare(
            "replicas", old.spec.mode?.replicated?.replicas.map(String.init), new.spec.mode?.replicated?.replicas.map(String.init)
        )
        // One that ends with a new spec is no state to tell of.
        if let state = new.updateStatus?.state { changes.compare("updatestate", old.updateStatus?.state, state) }
        return changes.attributes
    }

    private struct Comparison {
        var attributes: [String: String] = [:]

        mutating func compare(_ name: String, _ old: String?, _ new: String?) {
            guard old != new else { return }
            attributes[name + ".old"] = old
            attributes[name + ".new"] = new
        }
    }
}
