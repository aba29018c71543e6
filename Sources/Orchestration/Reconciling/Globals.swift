import SwarmModel

/// Services with a task on every node that suits them.
extension Plan {
    /// Whether the node is to have a task. A node that is paused keeps the one it has.
    private func suits(_ node: Node, _ demand: Demand) -> Bool { node.keepsTasks && demand.unsuited(node) == nil }

    mutating func reconcileGlobal() {
        let demand = Demand(service)
        for task in tasks.values.sorted(by: { $0.id < $1.id }) where isWanted(task) {
            guard let id = task.nodeID, let node = nodes[id], suits(node, demand) else {
                desire(task.id, .shutdown)
                continue
            }
        }
        replaceLost(mayMove: false)
        let present = slots
        for node in nodes.values.sorted(by: { $0.id < $1.id }) {
            let members = present[.node(node.id)] ?? []
            guard node.isOpen, suits(node, demand),
                !members.contains(where: isWanted), !isSettled(members)
            else { continue }
            create(.node(node.id), desired: goal)
        }
    }
}
