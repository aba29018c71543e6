import DockerAPI
import SwarmModel

/// What clients of older versions of the API cannot mean, and do not know.
struct ServiceGate {
    /// Nil for the newest.
    private let version: APIVersion?
    private let text: String

    /// - Parameter version: of the request's path.
    init(_ version: String?) {
        self.version = version.map(APIVersion.init)
        text = version ?? ""
    }

    private func isBefore(_ other: String) -> Bool { version.map { $0 < APIVersion(other) } ?? false }

    /// Whether it can ask for `ServiceStatus`.
    var knowsCounts: Bool { !isBefore("1.41") }

    /// Whether streams of logs are called what they are.
    var knowsMultiplexedStreams: Bool { !isBefore("1.42") }

    func fromClient(_ spec: ServiceSpec) -> ServiceSpec {
        var spec = spec
        if isBefore("1.46") {
            spec.taskTemplate.container?.oomScoreAdjustment = nil
            let mounts = spec.taskTemplate.container?.mounts
            spec.taskTemplate.container?.mounts = mounts?.map {
                var mount = $0
                mount.tmpfs?.options = nil
                return mount
            }
        }
        if isBefore("1.44") {
            spec.taskTemplate.container?.privileges?.seccomp = nil
            spec.taskTemplate.container?.privileges?.appArmor = nil
            spec.taskTemplate.container?.privileges?.noNewPrivileges = nil
            spec.taskTemplate.container?.healthcheck?.startInterval = nil
            if spec.taskTemplate.networks?.isEmpty ?? true { spec.taskTemplate.networks = spec.networks }
        }
        spec.networks = nil
        if isBefore("1.41") {
            spec.taskTemplate.container?.capabilityAdd = nil
            spec.taskTemplate.container?.capabilityDrop = nil
            spec.taskTemplate.container?.ulimits = nil
            spec.taskTemplate.resources?.limits?.pids = nil
            spec.mode?.replicatedJob = nil
            spec.mode?.globalJob = nil
        }
        if isBefore("1.40") {
            spec.taskTemplate.container?.sysctls = nil
            spec.taskTemplate.container?.privileges?.credentialSpec?.config = nil
            let configs = spec.taskTemplate.container?.configs
            spec.taskTemplate.container?.configs = configs?.map {
                var config = $0
                config.runtime = nil
                return config
            }
            spec.taskTemplate.placement?.maxReplicas = nil
        }
        return spec
    }

    /// Before 1.44 a service's networks stood in the service's spec, too.
    func forClient(_ service: SwarmService) -> SwarmService {
        guard isBefore("1.44") else { return service }
        var service = service
        service.spec.networks = service.spec.taskTemplate.networks
        let previous = service.previousSpec?.taskTemplate.networks
        service.previousSpec?.networks = previous
        return service
    }

    func check(_ spec: SwarmDataSpec, _ kind: TaskData.Kind) throws(APIError) {
        guard spec.templating == nil || !isBefore("1.37") else {
            throw APIError(400, "\(kind.noun) templating is not supported on the specified API version: \(text)")
        }
    }
}
