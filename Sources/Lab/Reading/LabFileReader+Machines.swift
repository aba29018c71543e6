import Yams

extension LabFileReader {
    /// All machines: those of `managers`, then of `workers`, then of `machines`.
    func readMachines(_ lab: MappingReader) -> [TopologyMachine] {
        let defaults =
            lab.mapping("defaults", "\"defaults\"", keys: LabKeys.settings).map(MachineSettings.init) ?? MachineSettings()
        var groups: [String: MachineSettings] = [:]
        if let node = lab["groups"] {
            for (name, value) in findings.pairs(node, "\"groups\"") {
                // A group without settings is still a name to gather machines under.
                groups[name] = MachineSettings()
                guard !value.isNothing else { continue }
                guard let reader = MappingReader(value, what: "group \"\(name)\"", keys: LabKeys.settings, findings: findings)
                else { continue }
                groups[name] = MachineSettings(reader)
            }
        }
        let inheritance = Inheritance(defaults: defaults, groups: groups)

        var named: [(machine: TopologyMachine, node: Node)] = []
        named += readSet(lab, "managers", .manager, inheritance)
        named += readSet(lab, "workers", .worker, inheritance)
        if let node = lab["machines"] {
            for (name, value) in findings.pairs(node, "\"machines\"") {
                guard let machine = readMachine(name, value, inheritance) else { continue }
                named.append((machine, value))
            }
        }
        check(named, lab)
        return named.map(\.machine)
    }

    /// Where machines take from what they do not say themselves.
    struct Inheritance {
        var defaults: MachineSettings
        var groups: [String: MachineSettings]
    }

    private func readMachine(_ name: String, _ node: Node, _ inheritance: Inheritance) -> TopologyMachine? {
        let what = "machine \"\(name)\""
        var own = MachineSettings()
        var group: String?
        var reader: MappingReader?
        if node.scalar != nil, !node.isNothing {
            // `node-01: manager` says it all.
            guard let role = findings.choice(node, "the role of \(what)", TopologyMachine.Role.self) else { return nil }
            own.role = role
        } else if !node.isNothing {
            reader = MappingReader(node, what: what, keys: LabKeys.machine, findings: findings)
            guard let reader else { return nil }
            own = MachineSettings(reader)
            group = readGroup(reader, inheritance)
        }
        let machine = resolve(own, group, inheritance).machine(named: name, group: group)
        checkRole(machine, own, reader, node)
        return machine
    }

    private func readGroup(_ reader: MappingReader, _ inheritance: Inheritance) -> String? {
        guard let group = reader.string("group") else { return nil }
        if inheritance.groups[group] == nil {
            let meant = Spelling.closest(to: group, among: Array(inheritance.groups.keys))
            findings.error(
                reader["group"] ?? reader.node,
                "\(reader.what) is in group \"\(group)\", which \"groups\" does not define"
                    + (meant.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        return group
    }

    private func resolve(_ own: MachineSettings, _ group: String?, _ inheritance: Inheritance) -> MachineSettings {
        let base = inheritance.defaults
        guard let group, let settings = inheritance.groups[group] else { return own.over(base) }
        return own.over(settings.over(base))
    }

    private func checkRole(_ machine: TopologyMachine, _ own: MachineSettings, _ reader: MappingReader?, _ node: Node) {
        if machine.role == .none {
            for (key, given) in [("labels", !own.labels.isEmpty), ("availability", own.availability != nil)] where given {
                findings.error(
                    reader?.keyNode(key) ?? node,
                    "machine \"\(machine.name)\" has role none, so the lab forms no swarm node of it that could have \"\(key)\"; "
                        + "give it a role, or use engine.labels")
            }
        } else if machine.creation == .steps {
            findings.error(
                reader?.keyNode("create") ?? node,
                "machine \"\(machine.name)\" is made by the lab's steps, so \"lab up\" cannot make it a \(machine.role.rawValue); "
                    + "give it role: none")
        }
    }

    /// `managers: 3`, or a mapping with `count` and a pattern of names.
    private func readSet(
        _ lab: MappingReader, _ key: String, _ role: TopologyMachine.Role, _ inheritance: Inheritance
    ) -> [(machine: TopologyMachine, node: Node)] {
        guard let node = lab[key] else { return [] }
        var own = MachineSettings()
        var count: Int?
        var group: String?
        var first = 1
        var pattern = "\(role.rawValue)-{n}"
        if node.scalar != nil {
            count = findings.integer(node, "\"\(key)\"", in: 0...99)
        } else {
            guard let reader = MappingReader(node, what: "\"\(key)\"", keys: LabKeys.set, findings: findings) else { return [] }
            own = MachineSettings(reader)
            group = readGroup(reader, inheritance)
            count = reader.integer("count", in: 0...99)
            if !reader.has("count") { findings.error(node, "\"\(key)\" has no \"count\"") }
            first = reader.integer("first", in: 0...999) ?? 1
            if let names = reader.string("names") {
                pattern = names
                if !names.contains("{n}"), !names.contains("{nn}") {
                    findings.error(
                        reader["names"] ?? node,
                        "\"names\" of \"\(key)\" needs {n} (1, 2, …) or {nn} (01, 02, …), as in node-{nn}")
                    return []
                }
            }
        }
        own.role = role
        return (0..<(count ?? 0)).map { index in
            let number = first + index
            let padded = number < 10 ? "0\(number)" : "\(number)"
            let name = pattern.replacing("{nn}", with: padded).replacing("{n}", with: "\(number)")
            let machine = resolve(own, group, inheritance).machine(named: name, group: group)
            if index == 0 { checkRole(machine, own, nil, node) }
            return (machine, node)
        }
    }

    private func check(_ named: [(machine: TopologyMachine, node: Node)], _ lab: MappingReader) {
        if named.isEmpty, !findings.hasErrors {
            findings.error(lab.node, "the lab has no machines: give \"machines\", or \"managers\" and \"workers\"")
        }
        if named.count > 99 { findings.error(lab.node, "the lab has \(named.count) machines; 99 is the most") }
        var seen: Set<String> = []
        for (machine, node) in named {
            // Host names are not case sensitive.
            if !seen.insert(machine.name.lowercased()).inserted {
                findings.error(node, "two machines are called \"\(machine.name)\"")
            }
            if !Names.isMachine(machine.name) {
                findings.error(node, "\"\(machine.name.prefix(80))\" cannot be a machine's name: \(Names.machineRule)")
            } else if machine.name.lowercased() == "host" {
                findings.error(node, "no machine can be called \"host\": \"on: host\" means the machine the lab runs on")
            }
        }
        let machines = named.map(\.machine)
        let managers = machines.filter { $0.role == .manager }
        if managers.isEmpty, let worker = named.first(where: { $0.machine.role == .worker }) {
            findings.error(
                worker.node,
                "machine \"\(worker.machine.name)\" is a worker, but no machine is a manager whose swarm it could join; "
                    + "make one machine role: manager, or all of them role: none where the steps form the swarm")
        }
        if managers.count > 1, managers.count.isMultiple(of: 2) {
            let node = named.first { $0.machine.role == .manager }?.node ?? lab.node
            findings.warning(
                node,
                "\(managers.count) managers survive the loss of no more managers than \(managers.count - 1) do; an odd number is better"
            )
        }
    }
}
