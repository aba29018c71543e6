import DockerAPI

/// One form for each meaning. Tasks are replaced where their spec differs from their service's, and clients send specs back with
/// some of what is empty left out and some put in; so what means the same must be the same.
extension ServiceSpec {
    /// - Throws: status 400 for a word that means nothing, as the engine refuses it before a manager sees it.
    func canonical() throws(APIError) -> ServiceSpec {
        var spec = self
        spec.name = name.nonEmpty
        spec.labels = labels.nonEmpty
        spec.networks = nil
        spec.taskTemplate = try taskTemplate.canonical()
        spec.updateConfig = try updateConfig?.canonical()
        spec.rollbackConfig = try rollbackConfig?.canonical()
        spec.endpoint = try endpoint?.canonical()
        spec.mode = try (mode ?? ServiceMode()).canonical()
        return spec
    }
}

extension ServiceMode {
    fileprivate func canonical() throws(APIError) -> ServiceMode {
        let count = [replicated != nil, global != nil, replicatedJob != nil, globalJob != nil].count { $0 }
        guard count <= 1 else { throw APIError(400, "must specify only one service mode") }
        if let job = replicatedJob {
            let concurrent = job.maxConcurrent ?? 1
            return ServiceMode(
                replicatedJob: ReplicatedJob(maxConcurrent: concurrent, totalCompletions: job.totalCompletions ?? concurrent))
        }
        if global != nil || globalJob != nil { return self }
        return ServiceMode(replicated: Replicated(replicas: replicated?.replicas ?? 1))
    }
}

extension UpdateConfig {
    fileprivate func canonical() throws(APIError) -> UpdateConfig {
        var config = self
        config.parallelism = parallelism ?? 0
        config.delay = delay.nonZero
        config.monitor = monitor.nonZero
        config.maxFailureRatio = maxFailureRatio ?? 0
        config.failureAction = failureAction.nonEmpty ?? "pause"
        config.order = order.nonEmpty ?? "stop-first"
        guard ["pause", "continue", "rollback"].contains(config.failureAction) else {
            throw APIError(400, "unrecognized update failure action \(config.failureAction ?? "")")
        }
        guard ["stop-first", "start-first"].contains(config.order) else {
            throw APIError(400, "unrecognized update order \(config.order ?? "")")
        }
        return config
    }
}

extension EndpointSpec {
    fileprivate func canonical() throws(APIError) -> EndpointSpec {
        let mode = mode.nonEmpty ?? "vip"
        guard ["vip", "dnsrr"].contains(mode) else { throw APIError(400, "invalid resolution mode: \"\(mode)\"") }
        let ports = (ports ?? []).map { port in
            let (transport, publishMode) = (port.transport?.lowercased() ?? "", port.publishMode?.lowercased() ?? "")
            return PortConfig(
                name: port.name.nonEmpty, transport: ["udp", "sctp"].contains(transport) ? transport : "tcp", target: port.target,
                published: port.published.nonZero, publishMode: publishMode == "host" ? "host" : "ingress")
        }
        return EndpointSpec(mode: mode, ports: ports.isEmpty ? nil : ports)
    }
}

extension TaskSpec {
    fileprivate func canonical() throws(APIError) -> TaskSpec {
        var spec = self
        spec.runtime = runtime.nonEmpty ?? "container"
        guard spec.runtime != "plugin" else {
            throw APIError(500, "runtime type \"plugin\" only supported in experimental")
        }
        guard spec.runtime == "container" else { throw APIError(400, "unsupported Runtime") }
        guard container != nil else { throw APIError(400, "mismatched Runtime and *Spec fields") }
        (spec.plugin, spec.attachment) = (nil, nil)
        spec.container = try container?.canonical()
        spec.forceUpdate = forceUpdate.nonZero
        spec.networks = networks.nonEmpty
        spec.resources = resources?.canonical
        spec.restartPolicy = try restartPolicy?.canonical()
        spec.placement = placement?.canonical
        if logDriver?.name.nonEmpty == nil, logDriver?.options.nonEmpty == nil { spec.logDriver = nil }
        spec.logDriver?.options = logDriver?.options.nonEmpty
        return spec
    }
}

extension RestartPolicy {
    fileprivate func canonical() throws(APIError) -> RestartPolicy {
        var policy = self
        policy.condition = condition.nonEmpty ?? "any"
        guard ["none", "on-failure", "any"].contains(policy.condition) else {
            throw APIError(400, "invalid RestartCondition: \"\(condition ?? "")\"")
        }
        policy.maxAttempts = maxAttempts ?? 0
        policy.window = window.nonZero
        return policy
    }
}

extension Placement {
    fileprivate var canonical: Placement? {
        let platforms = (platforms ?? []).filter { $0.architecture?.isEmpty == false || $0.os?.isEmpty == false }
        let placement = Placement(
            constraints: constraints.nonEmpty, preferences: preferences.nonEmpty, maxReplicas: maxReplicas.nonZero,
            platforms: platforms.isEmpty ? nil : platforms)
        return placement == Placement() ? nil : placement
    }
}

extension ResourceRequirements {
    fileprivate var canonical: ResourceRequirements? {
        let limits = limits.map {
            Limits(nanoCPUs: $0.nanoCPUs.nonZero, memoryBytes: $0.memoryBytes.nonZero, pids: $0.pids.nonZero)
        }
        let reservations = reservations.map {
            Reservations(nanoCPUs: $0.nanoCPUs.nonZero, memoryBytes: $0.memoryBytes.nonZero, generic: $0.generic.nonEmpty)
        }
        let resources = ResourceRequirements(
            limits: limits == Limits() ? nil : limits, reservations: reservations == Reservations() ? nil : reservations)
        return resources == ResourceRequirements() ? nil : resources
    }
}
