import DockerAPI
import FoundationEssentials

extension HostConfiguration {
    /// All that needs nothing but the spec: mounts, ports and networks come from elsewhere.
    init(_ spec: ContainerSpec, resources: ResourceRequirements?, logDriver: LogDriver?) {
        memory = resources?.limits?.memoryBytes
        nanoCPUs = resources?.limits?.nanoCPUs
        pids = resources?.limits?.pids
        memoryReservation = resources?.reservations?.memoryBytes
        ulimits = spec.ulimits.nonEmpty
        capabilityAdd = spec.capabilityAdd.nonEmpty
        capabilityDrop = spec.capabilityDrop.nonEmpty
        sysctls = spec.sysctls.nonEmpty
        usesInit = spec.usesInit
        readOnly = spec.readOnly
        nameservers = (spec.dns?.nameservers).nonEmpty
        searchDomains = (spec.dns?.search).nonEmpty
        dnsOptions = (spec.dns?.options).nonEmpty
        extraHosts = spec.hosts.map { $0.flatMap(Self.extraHosts) }.nonEmpty
        groups = spec.groups.nonEmpty
        isolation = spec.isolation.nonEmpty
        securityOptions = Self.securityOptions(spec.privileges).nonEmpty
        oomScoreAdjustment = spec.oomScoreAdjustment
        logConfig = logDriver.flatMap { driver in
            driver.name.nonEmpty.map { LogConfiguration(kind: $0, options: driver.options ?? [:]) }
        }
    }

    /// `ADDRESS NAME…`, as in a hosts file, becomes `NAME:ADDRESS` each.
    private static func extraHosts(_ line: String) -> [String] {
        let fields = line.split { $0 == " " || $0 == "\t" }
        guard let address = fields.first else { return [] }
        return fields.dropFirst().map { "\($0):\(address)" }
    }

    private static func securityOptions(_ privileges: ContainerSpec.Privileges?) -> [String] {
        guard let privileges else { return [] }
        var options: [String] = []
        if let context = privileges.seLinux {
            if context.isDisabled == true { options.append("label=disable") }
            for (name, value) in [
                ("user", context.user), ("role", context.role), ("type", context.kind), ("level", context.level),
            ] {
                if let value = value.nonEmpty { options.append("label=\(name):\(value)") }
            }
        }
        switch privileges.seccomp?.mode {
        case "unconfined": options.append("seccomp=unconfined")
        case "custom":
            let profile = privileges.seccomp?.profile.flatMap { Data(base64Encoded: $0) } ?? Data()
            options.append("seccomp=" + String(decoding: profile, as: UTF8.self))
        default: break
        }
        if privileges.appArmor?.mode == "disabled" { options.append("apparmor=unconfined") }
        if privileges.noNewPrivileges == true { options.append("no-new-privileges=true") }
        return options
    }
}
