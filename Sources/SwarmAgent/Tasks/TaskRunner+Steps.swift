import DockerAPI
import SwarmModel
import SwarmTemplates

/// What each step takes. A step ends when it is done, and also when something has changed: then the next is asked for.
extension TaskRunner {
    /// Gets the image, writes the files and makes the container.
    func prepare() async throws {
        guard let spec = task.spec.container, let image = spec.image else {
            throw InvalidTask("this node can only run containers")
        }
        // What cannot work is found before an image is pulled for it.
        let node = await surroundings.node()
        _ = try ContainerConfiguration(task, on: node)
        guard let data = try await surroundings.data(task) else { return await waitForChange() }
        guard await pulled(image) else { return await waitForChange() }
        guard let places = try await surroundings.networks.places(of: task) else { return await waitForChange() }
        let mounts = try surroundings.files.write(data, for: task, on: node)
        let configuration = try ContainerConfiguration(task, on: node, files: mounts, places: places)
        try Self.requireSources(configuration.host.mounts ?? [])
        do {
            container = try await surroundings.engine.create(configuration, name: task.name)
        } catch let error as APIError where error.status == 409 {
            // An answer may have been lost: then it is there.
            guard let found = try await surroundings.engine.inspect(task.name),
                found.config.labels?[TaskLabels.taskID] == task.id
            else { throw error }
            return take(found)
        }
        change { $0.prepared(container: container) }
    }

    /// Whether the image was pulled, or an attempt to do so has failed: if it is here all the same, the task can go on.
    private func pulled(_ image: String) async -> Bool {
        switch pulling {
        case .over: return true
        case .underway: return false
        case nil:
            let auth = task.registryAuth ?? task.spec.container?.registryAuthentication
            pulling = .underway(
                Task { [images = surroundings.images, logger = surroundings.logger] in
                    do {
                        try await images.pull(image, auth: auth)
                    } catch {
                        logger.info("an image could not be pulled", metadata: ["image": "\(image)", "error": "\(error)"])
                    }
                    self.pullHasEnded()
                })
            return false
        }
    }

    private func pullHasEnded() {
        pulling = .over
        signal()
    }

    private static func requireSources(_ mounts: [Mount]) throws {
        for mount in mounts where mount.kind == "bind" && mount.bind?.createMountpoint != true {
            guard let source = mount.source, !FileStatus.exists(source) else { continue }
            throw InvalidTask("invalid bind mount source, source path not found: \(source)")
        }
    }

    /// Starts the container unless it has been, and waits until it is well.
    func start() async throws {
        if await settleEnd() { return }
        if life.status.container?.pid ?? 0 == 0 {
            // After an attempt whose answer was lost, the container may run, or have run already.
            if hasTriedStart {
                try await findOut()
                guard life.status.state == .starting, life.status.container?.pid ?? 0 == 0, exit == nil, !isGone else { return }
            }
            if try await !ensureFiles() { return await waitForChange() }
            hasTriedStart = true
            try await surroundings.engine.start(container)
            guard let found = try await surroundings.engine.inspect(container) else { return note(gone: true) }
            return take(found)
        }
        switch health {
        case .healthy:
            note(health: nil)
            try await findOut()
        case .unhealthy: try await stopUnhealthy()
        default: await waitForChange()
        }
    }

    /// Secrets and configs are in memory: after a restart of the host they are to be written again.
    private func ensureFiles() async throws -> Bool {
        guard !surroundings.files.areThere(for: task) else { return true }
        guard let data = try await surroundings.data(task) else { return false }
        _ = try surroundings.files.write(data, for: task, on: await surroundings.node())
        return true
    }

    func watch() async throws {
        if await settleEnd() { return }
        if health == .unhealthy { return try await stopUnhealthy() }
        await waitForChange()
    }

    private func stopUnhealthy() async throws {
        cause = "dockerexec: unhealthy container"
        note(health: nil)
        try await stopContainer()
        if exit == nil, !isGone { try await findOut() }
    }

    /// Whether the container has ended.
    private func settleEnd() async -> Bool {
        if let exit {
            change { $0.exited(container: container, code: exit.code, cause: exit.cause) }
            return true
        }
        guard isGone else { return false }
        change { $0.fail("No such container: \(container)") }
        return true
    }

    /// Stops the container as was desired.
    func stop() async throws {
        if case .underway(let pull) = pulling { pull.cancel() }
        let exists = life.status.container != nil || life.status.state >= .preparing
        if exists, exit == nil {
            try await drain()
            try await stopContainer()
            if exit == nil { try await lookForExit() }
        }
        let (id, code) = (life.status.container?.id, exit?.code)
        change { $0.stopped(container: id, code: code) }
    }

    /// What others send to it has time to end, and nothing new is sent, before it is told to stop.
    private func drain() async throws {
        guard !task.networks.isEmpty, life.status.state == .running, !hasDrained else { return }
        hasDrained = true
        await surroundings.networks.drain(task.id)
        let end = ContinuousClock.now + surroundings.drain
        while exit == nil, !isGone, ContinuousClock.now < end { await pause(end - ContinuousClock.now) }
    }

    private func stopContainer() async throws {
        let grace = task.spec.container?.stopGracePeriod.map { Duration.nanoseconds($0) } ?? .seconds(10)
        do {
            try await surroundings.engine.stop(container, grace: grace)
        } catch let error as APIError where error.status == 404 || error.status == 304 {
            // There is nothing to stop.
        }
    }

    /// Most often the event is here before the answer; where it is not, the engine is asked.
    private func lookForExit() async throws {
        guard let found = try await surroundings.engine.inspect(container) else { return }
        if found.state.status == "exited" || found.state.status == "dead" { note(exit: found.state.exitCode, cause: nil) }
    }

    /// Stops and removes the container, with its anonymous volumes.
    func leave() async throws {
        if !life.status.state.isTerminal {
            try await stop()
            await surroundings.tell(task.id, life.status)
        }
        try await surroundings.engine.remove(container)
        surroundings.files.remove(for: task)
    }

    // MARK: Finding out

    /// Asks the engine how far the container has come.
    func findOut() async throws {
        guard !life.status.state.isTerminal else { return }
        guard let found = try await surroundings.engine.inspect(container), found.config.labels?[TaskLabels.taskID] == task.id
        else {
            // Before it was made, there is none; afterwards it is lost.
            if life.status.state >= .ready, life.desired < .shutdown { change { $0.fail("No such container: \(container)") } }
            return
        }
        take(found)
    }

    /// Takes over what the engine says of the container.
    func take(_ found: ContainerInspection) {
        container = found.id
        switch found.state.status {
        case "created": change { $0.prepared(container: found.id) }
        case "exited", "dead":
            note(
                exit: found.state.exitCode,
                cause: cause ?? found.state.error.nonEmpty ?? (found.state.wasKilledForMemory == true ? "out of memory" : nil))
            change { $0.starting(container: found.id, pid: 0) }
        case "removing": note(gone: true)
        default:
            let ports = PublishedPorts.ports(of: task, found)
            switch found.state.health?.status {
            case "starting":
                change { $0.starting(container: found.id, pid: found.state.pid) }
            case "unhealthy":
                change { $0.starting(container: found.id, pid: found.state.pid) }
                note(health: .unhealthy)
            default: change { $0.started(container: found.id, pid: found.state.pid, ports: ports) }
            }
        }
    }
}
