import DockerAPI
import SwarmModel
import SwarmTemplates

extension ServiceValidation {
    /// A task of the service as it might be, for looking at what its templates come to: what is wrong with them is told to whoever
    /// writes them, and not task by task on the nodes.
    private static func expanded(_ container: ContainerSpec, of service: ServiceSpec) throws(APIError) -> ContainerSpec {
        let service = Service(id: "serviceid", now: Timestamp(nanoseconds: 0), spec: service)
        let task = TaskRecord(
            id: "taskid", now: service.createdAt, service: service, slot: 1, nodeID: "nodeid", desiredState: .running)
        let node = NodeFacts(id: "nodeid", hostname: "nodeHostname", architecture: "architecture", system: "os")
        do throws(InvalidTask) { return try TaskTemplates(task, on: node).expand(container) } catch {
            throw refusal(error.description)
        }
    }

    static func checkContainer(_ given: ContainerSpec, of service: ServiceSpec) throws(APIError) {
        let container = try expanded(given, of: service)
        guard let image = container.image, !image.isEmpty else {
            throw refusal("ContainerSpec: image reference must be provided")
        }
        guard ImageReference.isValid(image) else {
            throw refusal("ContainerSpec: \"\(image)\" is not a valid repository/tag")
        }
        var targets: Set<String> = []
        for mount in container.mounts ?? [] where !targets.insert(mount.target ?? "").inserted {
            throw refusal("ContainerSpec: duplicate mount point: \(mount.target ?? "")")
        }
        if let check = container.healthcheck { try checkHealthcheck(check) }
    }

    private static func checkHealthcheck(_ check: Healthcheck) throws(APIError) {
        for (name, duration) in [
            ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod),
            ("StartInterval", check.startInterval),
        ] {
            if let duration, duration != 0, duration < 1_000_000 {
                throw refusal("ContainerSpec: \(name) in HealthConfig cannot be less than 1ms")
            }
        }
        if check.retries ?? 0 < 0 { throw refusal("ContainerSpec: Retries in HealthConfig cannot be negative") }
    }

    static func checkSecrets(_ container: ContainerSpec) throws(APIError) {
        var targets: [String: String] = [:]
        for secret in container.secrets ?? [] {
            try check("secret", id: secret.secretID, name: secret.secretName, file: secret.file, isRuntime: false, &targets)
        }
    }

    static func checkConfigs(_ container: ContainerSpec) throws(APIError) {
        var targets: [String: String] = [:]
        for config in container.configs ?? [] {
            try check(
                "config", id: config.configID, name: config.configName, file: config.file, isRuntime: config.runtime != nil,
                &targets)
        }
        let wanted = container.privileges?.credentialSpec?.config ?? ""
        guard wanted.isEmpty || container.configs?.contains(where: { $0.runtime != nil && $0.configID == wanted }) == true else {
            throw refusal(
                "CredentialSpec references config '\(wanted)', but that config isn't in config references with RuntimeTarget")
        }
    }

    private static func check(
        _ noun: String, id: String?, name: String?, file: FileTarget?, isRuntime: Bool, _ targets: inout [String: String]
    ) throws(APIError) {
        guard let id, let name, !id.isEmpty, !name.isEmpty else { throw refusal("malformed \(noun) reference") }
        guard let file else {
            if isRuntime { return }
            throw refusal("malformed \(noun) reference, no target provided")
        }
        guard let target = file.name, !target.isEmpty else {
            throw refusal("malformed file \(noun) reference, invalid target file name provided")
        }
        if let other = targets.updateValue(name, forKey: target) {
            throw refusal("\(noun) references '\(other)' and '\(name)' have a conflicting target: '\(target)'")
        }
    }
}
