import DockerAPI

extension ServiceSpec {
    /// The spec with Swarm mode's defaults where it says nothing, as `insertDefaults` asks for it.
    var withDefaults: ServiceSpec {
        var spec = self
        let container = taskTemplate.container
        spec.taskTemplate.container?.stopGracePeriod = container?.stopGracePeriod ?? 10_000_000_000
        spec.taskTemplate.container?.dns = container?.dns ?? ContainerSpec.DNSConfig()
        spec.taskTemplate.resources = taskTemplate.resources ?? ResourceRequirements()
        var restart = taskTemplate.restartPolicy ?? RestartPolicy(condition: "any", maxAttempts: 0)
        restart.delay = restart.delay ?? 5_000_000_000
        spec.taskTemplate.restartPolicy = restart
        spec.taskTemplate.placement = taskTemplate.placement ?? Placement()
        spec.updateConfig = (updateConfig ?? .usual).withMonitor
        spec.rollbackConfig = (rollbackConfig ?? .usual).withMonitor
        return spec
    }
}

extension UpdateConfig {
    fileprivate static let usual = UpdateConfig(
        parallelism: 1, failureAction: "pause", maxFailureRatio: 0, order: "stop-first")

    fileprivate var withMonitor: UpdateConfig {
        var config = self
        config.monitor = monitor ?? 5_000_000_000
        return config
    }
}
