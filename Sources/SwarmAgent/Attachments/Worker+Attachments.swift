import DockerAPI
import SwarmModel

/// Places of plain containers in networks of the swarm. The leader gives them; here it is known which container has which, and noticed
/// when a container has gone: then its place is given back.
extension Worker {
    // MARK: What the gateway says

    /// Takes over a place that the leader has given for a container that is about to be made, and waits until the network is there.
    ///
    /// - Throws: status 500 where the network cannot be made on this node in time.
    public func attach(_ task: TaskRecord) async throws -> AttachedPlace {
        keep(task, isAssigned: attachments[task.id]?.isAssigned ?? false)
        do {
            let limit = ContinuousClock.now + configuration.attaching
            while true {
                // Before it is looked: what comes meanwhile is not missed.
                let news = networkNews(until: limit)
                // Before managers have told of this very place, what is known of the network may be from before the node left it.
                if isTold(of: task), let place = try await networks.places(of: task)?.first,
                    let name = nodeNetworks.networks[place.networkID]?.name
                {
                    return AttachedPlace(id: task.id, networkName: name, place: place)
                }
                guard ContinuousClock.now < limit else {
                    throw APIError(500, "the network did not come to this node within \(configuration.attaching)")
                }
                for await _ in news { break }
            }
        } catch {
            release(task.id)
            throw error
        }
    }

    private func isTold(of task: TaskRecord) -> Bool {
        task.networks.allSatisfy { nodeNetworks.endpoints[NodeNetworks.Key($0.networkID, task.id)] != nil }
    }

    /// Notes which container has a place now.
    public func attached(_ id: String, container: String) {
        guard var attachment = attachments[id], !attachment.isReleased else { return }
        attachment.task.status = TaskRecord.Status(
            state: .running, timestamp: now(), message: "started", container: SwarmTask.ContainerStatus(id: container))
        keep(attachment)
    }

    /// Gives back the place of a container that is not made, or not there any more.
    public func release(_ id: String) {
        guard var attachment = attachments[id], !attachment.isReleased else { return }
        let container = attachment.task.status.container
        attachment.task.status = TaskRecord.Status(
            state: .shutdown, timestamp: now(), message: "the container has gone", container: container)
        keep(attachment)
    }

    /// Gives back the places of a container, in one network or in all.
    ///
    /// - Parameter network: the swarm's ID of it; nil for all.
    /// - Returns: what was given back.
    @discardableResult
    public func release(container: String, from network: String? = nil) -> [String] {
        let ids = attachments.values.filter {
            $0.containerID == container && !$0.isReleased && (network == nil || $0.networkID == network)
        }.map(\.task.id)
        for id in ids { release(id) }
        return ids
    }

    /// Whether containers have places that are not given back.
    public var hasAttachments: Bool { attachments.values.contains { !$0.isReleased } }

    // MARK: What managers say

    func take(attachment task: TaskRecord) {
        if attachments[task.id] != nil {
            attachments[task.id]?.isAssigned = true
        } else {
            keep(task, isAssigned: true)
        }
    }

    /// Managers have forgotten it. A container that is in the network all the same would have an address that may be another's.
    func remove(attachment id: String) {
        guard let attachment = attachments.removeValue(forKey: id) else { return }
        store.remove(id)
        untold.remove(id)
        if !attachment.isReleased { Task { await self.cut([attachment]) } }
    }

    /// Those that are not in a complete assignment, and not just on their way into one.
    func attachments(notIn assigned: Set<String>) -> [String] {
        attachments.values.filter { ($0.isAssigned || $0.isReleased) && !assigned.contains($0.task.id) }.map(\.task.id)
    }

    /// Takes containers out of the engine's networks.
    func cut(_ attachments: [Attachment]) async {
        do {
            let networks = Dictionary(try await engine.swarmNetworks().map { ($0.network, $0.id) }) { first, _ in first }
            for attachment in attachments {
                guard let container = attachment.containerID, let network = attachment.networkID.flatMap({ networks[$0] }) else {
                    continue
                }
                try await engine.disconnect(container, from: network)
            }
        } catch {
            logger.warning("a container could not be taken out of its network", metadata: ["error": "\(error)"])
        }
    }

    private func keep(_ task: TaskRecord, isAssigned: Bool) {
        keep(Attachment(task: task, since: .now, isAssigned: isAssigned))
    }

    private func keep(_ attachment: Attachment) {
        attachments[attachment.task.id] = attachment
        store.save(attachment.task)
        tell(attachment.task.id)
        attachmentSignal.yield()
    }

    // MARK: What the engine says

    /// Notices containers that go, for as long as there are some with places in networks.
    func followAttachments() async {
        for await _ in attachmentSignals where hasAttachments {
            let sweeping = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Attachment.patience / 3)
                    if !Task.isCancelled, self.hasOverdue { try? await self.compareAttachments() }
                }
            }
            defer { sweeping.cancel() }
            while hasAttachments, !Task.isCancelled {
                do {
                    try await engine.removals(since: now()) {
                        try await self.compareAttachments()
                    } each: { container in
                        await self.release(container: container)
                    }
                } catch {
                    logger.debug("the engine's events have broken off", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: min(configuration.pause, .milliseconds(250)))
            }
        }
    }

    private var hasOverdue: Bool { attachments.values.contains { !$0.isReleased && $0.isOverdue(at: .now) } }

    /// Finds out what has become of the containers while nobody listened.
    private func compareAttachments() async throws {
        let known = attachments.filter { !$0.value.isReleased }
        let containers = try await engine.attachableContainers()
        let byID = Dictionary(containers.map { ($0.id, $0) }) { first, _ in first }
        for (id, attachment) in known {
            if let containerID = attachment.containerID {
                guard let container = byID[containerID] else {
                    release(id)
                    continue
                }
                // It was taken out of the network behind swarmd's back.
                if container.state == "running", !attachment.isHeld(by: container) { release(id) }
            } else if let container = containers.first(where: attachment.isHeld) {
                // The engine has made it, and nobody was there to hear of it.
                attached(id, container: container.id)
            } else if attachment.isOverdue(at: .now) {
                release(id)
            }
        }
    }
}
