import DockerAPI
import SwarmModel

/// Services that want to be spread again when nodes have come back: Swarm mode leaves running tasks where they are.
extension Plan {
    /// The label of a service that asks for it, with the value `true`.
    static let rebalanceLabel = "swarmlab.rebalance"
    /// How long a service must be at rest before a task of it is moved: one at a time, so that what moves is never felt.
    static let rebalancePause: Duration = .seconds(10)

    /// Moves one task from the node with the most of them to one with at least two less, by the order of the service's updates.
    mutating func rebalance(_ count: Int) {
        guard service.spec.labels?[Self.rebalanceLabel] == "true", service.updateStatus?.state != "updating" else { return }
        let wanted = tasks.values.filter(isWanted)
        guard wanted.count == count, wanted.allSatisfy({ $0.status.state == .running && $0.specVersion == service.specVersion }),
            let newest = wanted.max(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) })
        else { return }
        let demand = Demand(service)
        let open = nodes.values.filter { $0.isOpen && demand.unsuited($0) == nil }.sorted { $0.id < $1.id }
        let held = Dictionary(grouping: wanted) { $0.nodeID ?? "" }
        func load(_ node: Node) -> Int { held[node.id]?.count ?? 0 }
        guard let fullest = open.max(by: { load($0) < load($1) }), let emptiest = open.min(by: { load($0) < load($1) }),
            load(fullest) - load(emptiest) >= 2
        else { return }
        // A node that was there when the newest task was put on one with more tasks could not take it.
        let others = (held[newest.nodeID ?? ""]?.count ?? 1) - 1
        guard others <= load(emptiest) || emptiest.updatedAt > newest.createdAt else { return }
        let rest = max(newest.startedAt ?? newest.createdAt, emptiest.updatedAt) + Self.rebalancePause
        guard rest <= now else { return lookAgain(at: rest) }
        guard let task = held[fullest.id]?.max(by: { ($0.slot ?? 0) < ($1.slot ?? 0) }) else { return }
        if startsFirst {
            create(Self.slot(of: task), desired: goal)
        } else {
            desire(task.id, .shutdown)
            create(Self.slot(of: task), desired: .ready, startsAfter: now)
        }
    }
}
