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
        return try await objects.tasks(filter.sieve).filter {
            filter.includes($0.value, of: known[$0.value.serviceID], on: $0.value.nodeID.flatMap { hosts[$0] })
        }.map { $0.value.seen(on: hosts).shown(version: $0.version, in: networks) }
    }

    /// - Parameter name: an ID, a name such as `web.1.<id>`, or the beginning of an ID; looked for in that order.
    public func task(_ name: String) async throws -> SwarmTask {
        let task = try Lookup.find("task", name, in: try await candidates(name))
        let nodes = try await objects.nodes().map { ($0.value.id, $0.value) }
        return task.value.seen(on: Dictionary(nodes) { first, _ in first })
            .shown(version: task.version, in: try await networksByID())
    }

    /// Tasks that may be meant. IDs are keys of the store, and a task's name ends with its ID.
    private func candidates(_ name: String) async throws -> [Versioned<TaskRecord>] {
        guard !name.isEmpty, !name.contains("/") else { return [] }
        if let id = name.split(separator: ".").last.map(String.init), id != name, let named = try await objects.task(id) {
            return [named]
        }
        var sieve = TaskSieve()
        sieve.require(ids: [name])
        return try await objects.tasks(sieve)
    }

    private func networksByID() async throws -> [String: SwarmNetwork] {
        Dictionary(try await objects.networks().map { ($0.value.id, $0.value.attached(version: $0.version)) }) { first, _ in first
        }
    }

    /// Tasks that have a place in a network, in the states in which they are shown.
    func tasks(in network: String) async throws -> [TaskRecord] {
        let nodes = try await objects.nodes().map { ($0.value.id, $0.value) }
        let hosts = Dictionary(nodes) { first, _ in first }
        var sieve = TaskSieve()
        sieve.require(anyOf: [network])
        return try await objects.tasks(sieve).map { $0.value.seen(on: hosts) }
    }

    /// What is counted of all tasks, in the states in which they are shown, by their services.
    func outlines() async throws -> [String: [TaskOutline]] {
        let nodes = try await objects.nodes().map { ($0.value.id, $0.value) }
        let hosts = Dictionary(nodes) { first, _ in first }
        return Dictionary(
            grouping: try await objects.taskOutlines().map { outline in
                var outline = outline
                if outline.status.state.isUnknown(on: outline.nodeID, hosts) { outline.status.state = .orphaned }
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
