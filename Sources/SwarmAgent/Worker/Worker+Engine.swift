import DockerAPI

/// One stream of the engine's events serves all tasks.
extension Worker {
    func followEngine() async {
        while !Task.isCancelled {
            do {
                try await engine.events(of: configuration.nodeID, since: now()) {
                    try await self.compare()
                } each: { event in
                    await self.runner(of: event.taskID)?.observe(event)
                }
                logger.debug("the engine has ended its events")
            } catch {
                logger.debug("the engine's events have broken off", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: min(configuration.pause, .milliseconds(250)))
        }
    }

    private func runner(of taskID: String) -> TaskRunner? { entries[taskID]?.runner }

    /// Finds out what has happened while nobody listened.
    private func compare() async throws {
        let containers = try await engine.containers(of: configuration.nodeID)
        let states = Dictionary(containers.map { ($0.taskID, $0.state) }) { first, _ in first }
        for (id, entry) in entries { await entry.runner.observe(listed: states[id]) }
        removeStrangers()
    }

    /// Removes what was made for tasks that this node does not have any more, once managers have told which it has.
    func removeStrangers() {
        guard isComplete else { return }
        // Nobody waits for it: a session with a manager must not fall silent meanwhile.
        cleaning?.cancel()
        cleaning = Task {
            for owner in files.owners() where entries[owner] == nil { files.removeAll(of: owner) }
            do {
                for container in try await engine.containers(of: configuration.nodeID) where entries[container.taskID] == nil {
                    logger.info(
                        "a container of a task that is not assigned any more is removed",
                        metadata: ["container": "\(container.id)"])
                    try await engine.remove(container.id)
                }
            } catch {
                // What is left is found again when the engine is back.
                logger.debug("not all strange containers are removed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Removes all that was made for tasks of the swarm, which this node leaves. To be called once `run` has ended.
    public func removeAll() async {
        store.removeAll()
        for owner in files.owners() { files.removeAll(of: owner) }
        do {
            for container in try await engine.containers(of: nil) { try await engine.remove(container.id) }
        } catch {
            logger.warning("containers of the swarm's tasks could not be removed", metadata: ["error": "\(error)"])
        }
        // Before the networks, which go only when nobody is in them. What they are for is in the store no more.
        await cut(Array(attachments.values))
        attachments = [:]
        await networks.removeAll()
    }
}
