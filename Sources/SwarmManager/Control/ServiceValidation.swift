import DockerAPI
import Orchestration
import SwarmModel

/// What managers refuse of a service's spec, in Swarm mode's words and order.
enum ServiceValidation {
    /// - Parameter spec: canonical, with a name.
    static func check(_ spec: ServiceSpec) throws(APIError) {
        try checkNetworks(spec.taskTemplate.networks ?? [])
        try checkName(spec.name ?? "")
        try checkTask(spec.taskTemplate, of: spec)
        try checkMode(spec.mode)
        if spec.mode?.replicatedJob != nil || spec.mode?.globalJob != nil {
            guard spec.updateConfig == nil else { throw refusal("Jobs may not have an update config") }
        } else if let config = spec.updateConfig {
            try checkUpdate(config)
        }
        try checkEndpoint(spec.endpoint)
    }

    static func refusal(_ text: String) -> APIError { .remote(.invalidArgument, text) }

    /// Of the networks that every engine has, this one is none that services can have.
    private static func checkNetworks(_ networks: [NetworkAttachmentConfig]) throws(APIError) {
        guard networks.contains(where: { $0.target == "none" }) else { return }
        throw APIError(404, "could not find the corresponding predefined swarm network: network none not found")
    }

    static func checkName(_ name: String) throws(APIError) {
        guard !name.isEmpty else { throw refusal("meta: name must be provided") }
        guard isComponent(name) else { throw refusal("name must be valid as a DNS name component") }
        guard name.utf8.count <= 63 else { throw refusal("name must be 63 characters or fewer") }
    }

    /// Letters and digits, with hyphens and underscores between them.
    private static func isComponent(_ name: String) -> Bool {
        func isInner(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") }
        return name.utf8.allSatisfy(isInner) && name.utf8.first.map(isAlphanumeric) == true
            && name.utf8.last.map(isAlphanumeric) == true
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func checkTask(_ task: TaskSpec, of service: ServiceSpec) throws(APIError) {
        try checkResources(task.resources?.limits?.nanoCPUs, task.resources?.limits?.memoryBytes)
        try checkResources(task.resources?.reservations?.nanoCPUs, task.resources?.reservations?.memoryBytes)
        if task.restartPolicy?.delay ?? 0 < 0 { throw refusal("TaskSpec: restart-delay cannot be negative") }
        if task.restartPolicy?.window ?? 0 < 0 { throw refusal("TaskSpec: restart-window cannot be negative") }
        for text in task.placement?.constraints ?? [] {
            // Swarm mode's managers refuse these without a code.
            do throws(Constraint.Malformed) { _ = try Constraint(text) } catch { throw .remote(.unknown, error.description) }
        }
        guard let container = task.container else { return }
        try checkSecrets(container)
        try checkConfigs(container)
        try checkContainer(container, of: service)
    }

    private static func checkResources(_ nanoCPUs: Int64?, _ memoryBytes: Int64?) throws(APIError) {
        if let nanoCPUs, nanoCPUs != 0, nanoCPUs < 1_000_000 {
            throw refusal("invalid cpu value \(shortest(Double(nanoCPUs) / 1e9)): Must be at least 0.001")
        }
        if let memoryBytes, memoryBytes != 0, memoryBytes < 4 << 20 {
            throw refusal("invalid memory value \(memoryBytes): Must be at least 4MiB")
        }
    }

    /// As Go's `%g`: whole numbers without a fraction, and an exponent of two digits.
    private static func shortest(_ value: Double) -> String {
        var text = "\(value)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        guard let mark = text.firstIndex(of: "e") else { return text }
        var mantissa = text[..<mark]
        if mantissa.hasSuffix(".0") { mantissa = mantissa.dropLast(2) }
        let exponent = Int(text[text.index(after: mark)...]) ?? 0
        let digits = String(exponent.magnitude)
        return "\(mantissa)e\(exponent < 0 ? "-" : "+")\(digits.count < 2 ? "0" : "")\(digits)"
    }

    private static func checkMode(_ mode: ServiceMode?) throws(APIError) {
        // Numbers that are negative where they come from arrive here as very large ones.
        let most = UInt64(Int64.max)
        if mode?.replicated?.replicas ?? 0 > most { throw refusal("Number of replicas must be non-negative") }
        if mode?.replicatedJob?.maxConcurrent ?? 0 > most { throw refusal("Maximum concurrent jobs must not be negative") }
        if mode?.replicatedJob?.totalCompletions ?? 0 > most { throw refusal("Total completed jobs must not be negative") }
    }

    private static func checkUpdate(_ config: UpdateConfig) throws(APIError) {
        if config.delay ?? 0 < 0 { throw refusal("TaskSpec: update-delay cannot be negative") }
        if config.monitor ?? 0 < 0 { throw refusal("TaskSpec: update-monitor cannot be negative") }
        guard (0...1).contains(config.maxFailureRatio ?? 0) else {
            throw refusal("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1")
        }
    }

    private static func checkEndpoint(_ endpoint: EndpointSpec?) throws(APIError) {
        var seen: Set<String> = []
        for port in endpoint?.ports ?? [] {
            if endpoint?.mode == "dnsrr", !port.isHost {
                throw refusal("EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
            }
            for number in [port.published ?? 0, port.target ?? 0] where number > 65_535 {
                throw refusal("EndpointSpec: \(number) is not a port: use one from 1 to 65535")
            }
            guard let published = port.published else { continue }
            guard seen.insert("\(published)/\(port.transport ?? "")").inserted else {
                throw refusal("EndpointSpec: duplicate published ports provided")
            }
        }
    }
}
