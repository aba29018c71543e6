import SwarmModel

extension TaskRecord {
    /// Whether the task is as its service would make it today, so that no update replaces it.
    public func isCurrent(of service: Service, on node: Node?) -> Bool {
        let nodes = node.map { [$0.id: $0] } ?? [:]
        return Plan(service, tasks: [], nodes: nodes, now: updatedAt, makeID: { "" }).isClean(self)
    }
}
