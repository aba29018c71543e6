import DockerAPI
import Orchestration
import SwarmModel

/// Which tasks `GET /tasks` lists.
struct TaskFilter {
    private let filters: Filters
    /// IDs of what the filters `service` and `node` name; nil where they are absent.
    private var services: Set<String>?
    private var nodes: Set<String>?

    /// - Throws: status 400 for a filter or a value that does not exist.
    init(_ filters: Filters) throws(APIError) {
        try filters.validate(["id", "label", "name", "service", "node", "desired-state", "_up-to-date", "runtime"])
        for state in filters["desired-state"].sorted() where !state.isEmpty && TaskState(rawValue: state.lowercased()) == nil {
            throw APIError(400, "Invalid desired-state filter: '\(state)'")
        }
        self.filters = filters
    }

    /// Finds out what services and nodes are meant.
    ///
    /// - Throws: status 404 for one that is not there.
    mutating func resolve(in state: ClusterState) throws {
        if !filters["service"].isEmpty {
            services = Set(try filters["service"].map { try state.service($0).value.id })
        }
        if !filters["node"].isEmpty {
            nodes = Set(try filters["node"].map { try Control.find($0, in: state.nodes.inOrder).value.id })
        }
    }

    /// What the IDs of tasks begin with; nil where that does not matter.
    var ids: Set<String>? { filters["id"].isEmpty ? nil : filters["id"] }

    /// What need not be looked at closer. To be asked for when it is known what services and nodes are meant.
    var sieve: TaskSieve {
        var sieve = TaskSieve()
        if let services { sieve.require(anyOf: services) }
        if let nodes { sieve.require(anyOf: nodes) }
        let states = filters["desired-state"].filter { !$0.isEmpty }.map { $0.lowercased() }
        if !states.isEmpty { sieve.require(anyOf: states) }
        for label in filters["label"] {
            for side in label.split(separator: "=", maxSplits: 1) { sieve.require(anyOf: [String(side)]) }
        }
        return sieve
    }

    func includes(_ task: TaskRecord, of service: Service?, on node: Node?) -> Bool {
        let states = filters["desired-state"].filter { !$0.isEmpty }.map { $0.lowercased() }
        let runtimes = filters["runtime"].isEmpty ? ["container", ""] : filters["runtime"]
        return filters.matchesPrefix("id", of: task.id)
            && filters.matchesPrefix("name", of: task.name)
            && filters.matchesLabels("label", task.serviceLabels ?? [:])
            && services?.contains(task.serviceID) ?? true
            && nodes?.contains(task.nodeID ?? "") ?? true
            && (states.isEmpty || states.contains(task.desiredState.rawValue))
            && runtimes.contains(task.spec.runtime ?? "container")
            && (filters["_up-to-date"].isEmpty || service.map { task.isCurrent(of: $0, on: node) } ?? false)
    }
}
