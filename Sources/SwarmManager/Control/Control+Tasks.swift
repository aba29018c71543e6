import DockerAPI
import SwarmModel

extension Control {
    /// The tasks that filters of `GET /tasks` let through, as the API shows them.
    public func tasks(_ filters: Filters) async throws -> [SwarmTask] {
        var filter = try TaskFilter(filters)
        let services = try await objects.services()
        let nodes = try await objects.nodes()
        try filter.resolve(services: services.filter { !$0.value.isRemoved }, nodes: nodes)
        let known = Dictionary(services.map { ($0.value.id, $0.value) }) { first, _ in first }
        let hosts = Dictionary(nodes.map { ($0.value.id, $0.value) }) { first, _ in first }
        let networks = try await networksByID()
        return try await objects.tasks().filter {
            filter.includes($0.value, of: known[$0.value.serviceID], on: $0.value.nodeID.flatMap { hosts[$0] })
        }.map { $0.value.seen(on: hosts).shown(version: $0.version, in: networks) }
    }

    /// - Parameter name: an ID, a name such as `web.1.<id>`, or the beginning of an ID; looked for in that order.
    public func task(_ name: String) async throws -> SwarmTask {
        let task = try Lookup.find("task", name, in: try await objects.tasks())
        let nodes = try await objects.nodes().map { ($0.value.id, $0.value) }
        return task.value.seen(on: Dictionary(nodes) { first, _ in first })
            .shown(version: task.version, in: try await networksByID())
    }

    private func networksByID() async throws -> [String: SwarmNetwork] {
        Dictionary(try await objects.networks().map { ($0.value.id, $0.value.attached(version: $0.version)) }) { first, _ in first
        }
    }

    /// All tasks, in the states in which they are shown.
    func shownTasks() async throws -> [TaskRecord] {
        let nodes = try await objects.nodes().map { ($0.value.id, $0.value) }
        let hosts = Dictionary(nodes) { first, _ in first }
        return try await objects.tasks().map { $0.value.seen(on: hosts) }
    }
}

extension TaskRecord {
    /// The task with what can be known of it. What a node that is down has said of it last is not: it may run there still, or not,
    /// and a list in which it runs would be a lie. Such a task is shown as orphaned until the node is back; what is wanted of it
    /// stays as it is.
    func seen(on nodes: [String: Node]) -> TaskRecord {
        guard let nodeID, status.state >= .assigned, !status.state.isTerminal else { return self }
        let node = nodes[nodeID]
        guard node.map({ $0.state == .down || $0.state == .disconnected }) ?? true else { return self }
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
