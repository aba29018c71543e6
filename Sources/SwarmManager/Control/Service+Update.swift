import DockerAPI
import SwarmModel

extension Service {
    /// Whether the leader may yet go back to the former spec on its own account.
    var mayRollBack: Bool {
        previousSpec != nil && spec.updateConfig?.failureAction == "rollback" && ["updating", nil].contains(updateStatus?.state)
    }

    var isJob: Bool { spec.mode?.replicatedJob != nil || spec.mode?.globalJob != nil }

    /// The service as an update makes it, before ports are given to it.
    ///
    /// - Parameter spec: the canonical form of the update's.
    /// - Throws: where the update asks for what cannot be changed, or for a previous spec that is not there.
    func changed(by update: ServiceUpdate, to spec: ServiceSpec, now: Timestamp) throws(APIError) -> Service {
        var service = self
        service.previousSpec = self.spec
        service.previousSpecVersion = specVersion
        service.previousRegistryAuth = registryAuth
        service.previousEndpoint = endpoint
        // Counted on also where an old spec comes back: a number stands for one spec only.
        service.specVersion = specVersion + 1
        service.touch(now)
        if update.isRollback {
            guard let previousSpec else {
                throw .remote(.failedPrecondition, "service \(id) does not have a previous spec")
            }
            service.spec = previousSpec
            service.registryAuth = previousRegistryAuth
            service.updateStatus = SwarmService.UpdateStatus(
                state: "rollback_started", startedAt: now, message: "manually requested rollback")
        } else {
            guard spec.mode?.kind == self.spec.mode?.kind else {
                throw .remote(.unimplemented, "service mode change is not allowed")
            }
            guard spec.name == self.spec.name else { throw .remote(.unimplemented, "renaming services is not supported") }
            service.spec = spec
            service.registryAuth = try registryAuth(after: update)
            service.updateStatus = nil
        }
        if isJob, service.spec != self.spec {
            service.jobIteration = (jobIteration ?? 0) + 1
            service.lastExecution = now
        }
        return service
    }

    private func registryAuth(after update: ServiceUpdate) throws(APIError) -> String? {
        guard update.registryAuth.isEmpty else { return update.registryAuth }
        switch update.registryAuthFrom {
        case .spec: return registryAuth
        case .previousSpec:
            guard previousSpec != nil else { throw APIError(500, "service does not have a previous spec") }
            return previousRegistryAuth
        }
    }
}
