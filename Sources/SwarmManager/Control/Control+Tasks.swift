import DockerAPI
import SwarmModel
import SwarmStore

extension Control {
    /// The tasks that filters of `GET /tasks` let through, as the API shows them.
    public func tasks(_ filters: Filters) async throws -> [SwarmTask] {
        var filter = try TaskFilter(filters)
        let (entries, around) = try await tasksAndSurroundings(filter.ids)
        try filter.resolve(services: around.services.filter { !$0.value.isRemoved }, nodes: around.nodes)
        let services = Dictionary(around.services.map { ($0.value.id, $0.value) }) { first, _ in first }
        return try objects.tasks(in: entries, filter.sieve).filter {
            filter.includes($0.value, of: services[$0.value.serviceID], on: $0.value.nodeID.flatMap { around.hosts[$0] })
        }.map { $0.value.seen(on: around.hosts).shown(version: $0.version, in: around.networks) }
    }

    /// - Parameter name: an ID, a name such as `web.1.<id>`, or the beginning of an ID; looked for in that order.
    public func task(_ name: String) async throws -> SwarmTask {
        let (entries, around) = try await candidates(name)
        let task = try Lookup.find("task", name, in: try objects.tasks(in: entries, TaskSieve()))
        return task.value.seen(on: around.hosts).shown(version: task.version, in: around.networks)
    }

    /// Tasks that may be meant. A task's name ends with its ID.
    private func candidates(_ name: String) async throws -> (tasks: [StoreEntry], around: Surroundings) {
        let id = name.split(separator: ".").last.map(String.init)
        let (tasks, around) = try await tasksAndSurroundings(Set([name, id].compactMap { $0 }))
        // One whose ID is all of it is meant before those whose IDs begin so.
        let named = tasks.filter { $0.key == StoreKey.task(id ?? name) }
        return (named.isEmpty ? tasks.filter { $0.key.hasPrefix(StoreKey.task(name)) } : named, around)
    }

    /// Tasks that have a place in a network, in the states in which they are shown.
    func tasks(in network: String) async throws -> [TaskRecord] {
        var sieve = TaskSieve()
        sieve.require(anyOf: [network])
        let (entries, around) = try await tasksAndSurroundings()
        return try objects.tasks(in: entries, sieve).map { $0.value.seen(on: around.hosts) }
    }

    /// What is counted of all tasks, in the states in which they are shown, by their services.
    func outlines() async throws -> [String: [TaskOutline]] {
        let (entries, around) = try await tasksAndSurroundings()
        return Dictionary(
            grouping: try entries.map { entry in
                var outline: TaskOutline = try ClusterStore.decode(entry)
                if outline.status.state.isUnknown(on: outline.nodeID, around.hosts) { outline.status.state = .orphaned }
                return outline
            }, by: \.serviceID)
    }
}

extension TaskState {
    /// Whether what was heard last of a task in this state says nothing any more, because its node is down or gone.
    fileprivate func isUnknown(on node: String?, _ nodes: [String: Node]) -> Bool {
        guard let node, self >= .assigned, !isTerminal else { return false }
        return nodes[node].map { $0.state == .down || $0.state == .disconnected } ?? true
    }
}

extension TaskRecord {
    /// The task with what can be known of it. What a node that is down has said of it last is not: it may run there still, or not,
    /// and a list in which it runs would be a lie. Such a task is shown as orphaned until the node is back; what is wanted of it
    /// stays as it is.
    func seen(on nodes: [String: Node]) -> TaskRecord {
        guard status.state.isUnknown(on: nodeID, nodes) else { return self }
        let node = nodeID.flatMap { nodes[$0] }
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
