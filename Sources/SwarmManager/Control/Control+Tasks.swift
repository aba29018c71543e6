import DockerAPI
import SwarmModel
import SwarmStore

extension Control {
    /// The tasks that filters of `GET /tasks` let through, as the API shows them.
    public func tasks(_ filters: Filters) async throws -> [SwarmTask] {
        var filter = try TaskFilter(filters)
        let (state, all) = try await view.present()
        try filter.resolve(in: state)
        let tasks = try objects.tasks(in: Self.tasks(all.values, beginningWith: filter.ids), filter.sieve).filter {
            filter.includes(
                $0.value, of: state.services[$0.value.serviceID]?.value, on: $0.value.nodeID.flatMap { state.nodes[$0]?.value })
        }
        return state.shown(tasks)
    }

    /// - Parameter name: an ID, a name such as `web.1.<id>`, or the beginning of an ID; looked for in that order.
    public func task(_ name: String) async throws -> SwarmTask {
        let (state, all) = try await view.present()
        // A task's name ends with its ID. One whose ID is all of it is meant before those whose IDs begin so.
        let exact = all[StoreKey.task(name.split(separator: ".").last.map(String.init) ?? name)]
        let candidates = exact.map { [$0] } ?? Self.tasks(all.values, beginningWith: [name])
        return state.shown([try Lookup.find("task", name, in: try objects.tasks(in: candidates, TaskSieve()))])[0]
    }

    /// - Parameter ids: what the tasks' IDs begin with; nil for all.
    private static func tasks(_ all: some Sequence<StoreEntry>, beginningWith ids: Set<String>?) -> [StoreEntry] {
        guard let keys = ids?.map(StoreKey.task) else { return Array(all) }
        return all.filter { task in keys.contains { task.key.hasPrefix($0) } }
    }

    /// What is counted of tasks, in the states in which they are shown, by their services.
    static func outlines(
        of tasks: some Sequence<StoreEntry>, on nodes: [String: Versioned<Node>]
    ) throws -> [String: [TaskOutline]] {
        Dictionary(
            grouping: try tasks.map { entry in
                var outline: TaskOutline = try ClusterStore.decode(entry)
                if outline.status.state.isUnknown(on: outline.nodeID, nodes) { outline.status.state = .orphaned }
                return outline
            }, by: \.serviceID)
    }
}

extension ClusterState {
    /// Tasks as the API shows them.
    fileprivate func shown(_ tasks: [Versioned<TaskRecord>]) -> [SwarmTask] {
        let networks = networks.mapValues { $0.value.attached(version: $0.version) }
        return tasks.map { $0.value.seen(on: nodes).shown(version: $0.version, in: networks) }
    }
}

extension TaskState {
    /// Whether what was heard last of a task in this state says nothing any more, because its node is down or gone.
    fileprivate func isUnknown(on node: String?, _ nodes: [String: Versioned<Node>]) -> Bool {
        guard let node, self >= .assigned, !isTerminal else { return false }
        return nodes[node].map { [.down, .disconnected].contains($0.value.state) } ?? true
    }
}

extension TaskRecord {
    /// The task with what can be known of it. What a node that is down has said of it last is not: it may run there still, or not,
    /// and a list in which it runs would be a lie. Such a task is shown as orphaned until the node is back; what is wanted of it
    /// stays as it is.
    func seen(on nodes: [String: Versioned<Node>]) -> TaskRecord {
        guard status.state.isUnknown(on: nodeID, nodes) else { return self }
        let node = nodeID.flatMap { nodes[$0]?.value }
        var task = self
        task.status.state = .orphaned
        task.status.message = node == nil ? "the node is gone" : "the node is down"
        if let time = node?.updatedAt { task.status.timestamp = max(time, status.timestamp) }
        return task
    }

    /// As the API shows it.
    ///
    /// - Parameter networks: as tasks show them, by their IDs.
    func shown(version: UInt64, in networks: [String: SwarmNetwork] = [:]) -> SwarmTask {
        var shownSpec = spec
        shownSpec.forceUpdate = spec.forceUpdate ?? 0
        shownSpec.container?.registryAuthentication = nil
        if isAttachment { shownSpec.attachment = TaskSpec.AttachmentSpec(containerID: status.container?.id) }
        return SwarmTask(
            id: id, version: ObjectVersion(index: version), createdAt: createdAt, updatedAt: updatedAt, name: name, labels: [:],
            spec: shownSpec, serviceID: serviceID.isEmpty ? nil : serviceID, slot: slot, nodeID: nodeID,
            status: SwarmTask.Status(
                timestamp: status.timestamp, state: status.state.rawValue, message: status.message,
                error: status.error.isEmpty ? nil : status.error, container: status.container,
                ports: SwarmTask.PortStatus(ports: status.ports)),
            desiredState: desiredState.rawValue,
            networks: self.networks.isEmpty
                ? nil
                : self.networks.map { attachment in
                    NetworkAttachment(
                        network: networks[attachment.networkID] ?? SwarmNetwork(id: attachment.networkID),
                        addresses: attachment.addresses)
                }, generic: generic.isEmpty ? nil : generic,
            jobIteration: jobIteration.map(ObjectVersion.init(index:)))
    }
}
