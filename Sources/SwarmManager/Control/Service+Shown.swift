import DockerAPI
import SwarmModel

extension Service {
    /// As the API shows it. Credentials for registries are no part of that.
    func shown(version: UInt64) -> SwarmService {
        SwarmService(
            id: id, version: ObjectVersion(index: version), createdAt: createdAt, updatedAt: updatedAt, spec: spec.shown,
            previousSpec: previousSpec?.shown, endpoint: endpoint ?? SwarmService.Endpoint(spec: EndpointSpec()),
            updateStatus: updateStatus,
            jobStatus: jobIteration.map {
                SwarmService.JobStatus(iteration: ObjectVersion(index: $0), lastExecution: lastExecution)
            })
    }

    /// How many of its tasks run, should run, and have ended well, as Swarm mode counts them.
    ///
    /// - Parameter tasks: its own.
    func counts(of tasks: [TaskOutline]) -> SwarmService.Counts {
        var counts = SwarmService.Counts()
        let own = tasks.filter { !isJob || $0.jobIteration == jobIteration }
        counts.running = UInt64(own.count { $0.status.state == .running })
        if isJob { counts.completed = UInt64(own.count { $0.status.state == .complete }) }
        switch mode {
        case .replicated(let count), .replicatedJob(let count, _): counts.desired = UInt64(count)
        case .global: counts.desired = UInt64(own.count { $0.desiredState == .running })
        case .globalJob:
            counts.desired = UInt64(own.count { $0.desiredState == .complete && $0.status.state != .complete })
        }
        return counts
    }
}

extension ServiceSpec {
    /// With labels also where there are none, as clients know it.
    var shown: ServiceSpec {
        var spec = self
        spec.labels = labels ?? [:]
        spec.taskTemplate.forceUpdate = taskTemplate.forceUpdate ?? 0
        spec.taskTemplate.container?.registryAuthentication = nil
        return spec
    }
}
