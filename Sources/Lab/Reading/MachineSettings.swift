import Yams

/// What defaults, a group or a machine says about machines; what is nil is inherited.
///
/// Nearest wins: machine over group over defaults. Mappings (labels, environment) are merged key by key; lists replace.
struct MachineSettings {
    var memory: Int?
    var cpus: Int?
    var disk: Int?
    var driver: String?
    var role: TopologyMachine.Role?
    var creation: TopologyMachine.Creation?
    var availability: SwarmNode.Availability?
    var labels: [String: String] = [:]
    var engineLabels: [String: String] = [:]
    var engineEnv: [String: String] = [:]
    var engineOptions: [String]?
    var insecureRegistries: [String]?
    var registryMirrors: [String]?

    init() {}

    init(_ reader: MappingReader) {
        memory = reader.size("memory", in: 128...1_048_576)
        disk = reader.size("disk", in: 1000...67_108_864)
        cpus = reader.integer("cpus", in: 1...64)
        driver = reader.string("driver")
        role = reader.has("role") ? reader.choice("role", TopologyMachine.Role.self) : nil
        creation = reader.choice("create", TopologyMachine.Creation.self)
        availability = reader.choice("availability", SwarmNode.Availability.self)
        labels = reader.stringMap("labels") ?? [:]
        guard let engine = reader.mapping("engine", "\"engine\" of \(reader.what)", keys: LabKeys.engine) else { return }
        engineLabels = engine.stringMap("labels") ?? [:]
        engineEnv = engine.stringMap("env") ?? [:]
        engineOptions = engine.strings("options")
        insecureRegistries = engine.strings("insecureRegistries")
        registryMirrors = engine.strings("registryMirrors")
    }

    /// These settings, with what they leave open taken from `base`.
    func over(_ base: MachineSettings) -> MachineSettings {
        var merged = self
        merged.memory = memory ?? base.memory
        merged.cpus = cpus ?? base.cpus
        merged.disk = disk ?? base.disk
        merged.driver = driver ?? base.driver
        merged.role = role ?? base.role
        merged.creation = creation ?? base.creation
        merged.availability = availability ?? base.availability
        merged.labels = base.labels.merging(labels) { $1 }
        merged.engineLabels = base.engineLabels.merging(engineLabels) { $1 }
        merged.engineEnv = base.engineEnv.merging(engineEnv) { $1 }
        merged.engineOptions = engineOptions ?? base.engineOptions
        merged.insecureRegistries = insecureRegistries ?? base.insecureRegistries
        merged.registryMirrors = registryMirrors ?? base.registryMirrors
        return merged
    }

    /// The machine that results, with the tool's own defaults for what nobody said.
    func machine(named name: String, group: String?) -> TopologyMachine {
        let role = role ?? .worker
        return TopologyMachine(
            name: name, role: role, group: group, memory: memory ?? 1024, cpus: cpus ?? 1, disk: disk ?? 20000,
            driver: driver ?? "libvirt",
            engine: EngineSettings(
                labels: engineLabels, options: engineOptions ?? [], insecureRegistries: insecureRegistries ?? [],
                registryMirrors: registryMirrors ?? [], env: engineEnv),
            // Inherited node labels mean nothing outside the swarm.
            labels: role == .none ? [:] : labels, availability: role == .none ? .active : availability ?? .active,
            creation: creation ?? .up)
    }
}

extension MappingReader {
    /// A size in MB: a plain number, or one with M, MB, MiB, G, GB or GiB.
    func size(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = self[key] else { return nil }
        let text = node.scalar?.string ?? ""
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let factors: [String: Int] = ["": 1, "m": 1, "mb": 1, "mib": 1, "g": 1024, "gb": 1024, "gib": 1024]
        guard let number = Int(digits), number <= 1 << 32, let factor = factors[unit.lowercased()] else {
            findings.error(node, "\"\(key)\" of \(what) must be a size in MB such as 768, or 2G, not \(node.kind)")
            return nil
        }
        guard range.contains(number * factor) else {
            findings.error(
                node,
                "\"\(key)\" of \(what) must be between \(range.lowerBound) and \(range.upperBound) MB, not \(number * factor)")
            return nil
        }
        return number * factor
    }
}
