import Yams

extension LabFileReader {
    func readSteps(_ lab: MappingReader, of topology: Topology) -> [Step] {
        guard let node = lab["steps"] else { return [] }
        guard case .sequence(let sequence) = node else {
            findings.error(node, "\"steps\" must be a list, not \(node.kind)")
            return []
        }
        var names = NamesInScope(topology: topology)
        var keeping = KeepingInScope()
        return sequence.enumerated().compactMap { index, node in
            guard let step = StepReader(findings, topology, names).read(node, number: index + 1) else { return nil }
            names.captured.formUnion(step.captures.map(\.variable))
            if let problem = keeping.take(step.action, number: index + 1) { findings.error(node, problem) }
            return step
        }
    }
}

/// What `${…}` may refer to at one place of a file.
struct NamesInScope {
    let topology: Topology
    var captured: Set<String> = []

    /// What is wrong with a reference, or nil.
    func problem(with name: String) -> String? {
        if topology.variables[name] != nil || captured.contains(name) { return nil }
        if let builtIn = BuiltInVariable(name) {
            switch builtIn {
            case .labName: return nil
            case .machineAddress(let machine), .machineURL(let machine):
                guard topology.machine(machine) == nil else { return nil }
                let meant = Spelling.closest(to: machine, among: topology.machines.map(\.name))
                return "${\(name)}: the lab has no machine \"\(machine)\"" + (meant.map { "; did you mean \"\($0)\"?" } ?? "")
            }
        }
        let meant = Spelling.closest(to: name, among: Array(captured) + Array(topology.variables.keys))
        return "${\(name)} is not known here" + (meant.map { "; did you mean \"\($0)\"?" } ?? "")
            + "; no earlier step captures it (write $${\(name)} to leave it to the shell)"
    }
}

/// Reads one step.
struct StepReader {
    let findings: Findings
    let topology: Topology
    let names: NamesInScope

    init(_ findings: Findings, _ topology: Topology, _ names: NamesInScope) {
        self.findings = findings
        self.topology = topology
        self.names = names
    }

    func read(_ node: Node, number: Int) -> Step? {
        guard let reader = MappingReader(node, what: "step \(number)", keys: LabKeys.step, findings: findings) else { return nil }
        let action = readAction(reader)
        let isRun = if case .run = action { true } else { false }
        if !isRun, action != nil {
            for key in ["on", "input", "repeat", "capture"] where reader.has(key) {
                findings.error(reader.keyNode(key), "\"\(key)\" of \(reader.what) goes with \"run\" only")
            }
            if reader.has("timeout"), !["rewind", "resume"].contains(where: reader.has) {
                findings.error(
                    reader.keyNode("timeout"),
                    "\"timeout\" of \(reader.what) goes with \"run\", \"rewind\" and \"resume\" only")
            }
        }
        var step = Step(
            name: reader.has("name") ? reader.string("name") ?? "" : Self.title(of: action, number: number),
            line: node.mark?.line ?? 0, action: action ?? .check)
        step.input = reader.string("input")
        if step.input != nil, let node = reader["input"] { checkReferences(step.input ?? "", node) }
        if let expect = reader["expect"] {
            step.expect = ExpectationReader(self).read(expect, of: reader.what, isRun: isRun || action == nil)
        }
        step.until = readUntil(reader)
        step.repetition = readRepetition(reader)
        step.captures = readCaptures(reader)
        step.onFailure = reader.choice("onFailure", Step.OnFailure.self) ?? .stop
        if let timeout = positive(reader, "timeout") { step.timeout = timeout }
        return step
    }

    /// Reports references to what is not known at this place.
    func checkReferences(_ text: String, _ node: Node) {
        var reported: Set<String> = []
        for name in VariableText(text).references where reported.insert(name).inserted {
            if let problem = names.problem(with: name) { findings.error(node, problem) }
        }
    }

    // MARK: What is done

    private func readAction(_ reader: MappingReader) -> Step.Action? {
        let given = LabKeys.actions.filter { reader.has($0) }
        guard given.count <= 1 else {
            findings.error(
                reader.keyNode(given[1]), "\(reader.what) has both \"\(given[0])\" and \"\(given[1])\"; make two steps of it")
            return nil
        }
        switch given.first {
        case "run":
            guard let command = reader.string("run"), let node = reader["run"] else { return nil }
            checkReferences(command, node)
            return readPlace(reader).map { .run(command, on: $0) }
        case "fault": return readFault(reader).map { .fault($0) }
        case "wait": return reader.duration("wait").map { .wait($0) }
        case "checkpoint":
            guard let name = readCheckpoint(reader, "checkpoint") else { return nil }
            guard !Checkpoint.isStepName(name) else {
                findings.error(
                    reader["checkpoint"] ?? reader.node,
                    "\"\(name)\" is what lab run --checkpoint-steps calls a checkpoint before a step; take another name")
                return nil
            }
            return .checkpoint(name)
        case "rewind": return readCheckpoint(reader, "rewind").map { .rewind($0) }
        case "suspend": return isTrue(reader, "suspend") ? .suspend : nil
        case "resume": return isTrue(reader, "resume") ? .resume : nil
        default:
            if reader.raw("expect").map(mentionsHTTP) ?? false { return .check }
            findings.error(
                reader.node,
                "\(reader.what) does nothing: it needs \"run\", \"fault\", \"wait\", \"checkpoint\", \"rewind\", \"suspend\", "
                    + "\"resume\" or an \"expect\" with \"http\"")
            return nil
        }
    }

    private func readCheckpoint(_ reader: MappingReader, _ key: String) -> String? {
        guard let name = reader.string(key), let node = reader[key] else { return nil }
        guard Names.isCheckpoint(name) else {
            findings.error(node, "\"\(name.prefix(80))\" cannot be a checkpoint's name: \(Names.checkpointRule)")
            return nil
        }
        return name
    }

    /// `suspend: true` and `resume: true`: there is nothing else to be said.
    private func isTrue(_ reader: MappingReader, _ key: String) -> Bool {
        guard let value = reader.bool(key) else { return false }
        if !value { findings.error(reader[key] ?? reader.node, "\"\(key)\" of \(reader.what) can only be true") }
        return value
    }

    private func mentionsHTTP(_ node: Node) -> Bool {
        guard case .mapping(let mapping) = node else { return false }
        return mapping.contains { $0.key.scalar?.string == "http" }
    }

    private func readPlace(_ reader: MappingReader) -> Step.Place? {
        guard reader.has("on") else {
            findings.error(reader.node, "\(reader.what) does not say where it runs: on: host, or on: MACHINE")
            return nil
        }
        guard let place = reader.string("on"), let node = reader["on"] else { return nil }
        if place == "host" { return .host }
        return machine(place, node, reader.what).map { .machine($0) }
    }

    private func machine(_ name: String, _ node: Node, _ what: String) -> String? {
        if topology.machine(name) != nil { return name }
        let meant = Spelling.closest(to: name, among: topology.machines.map(\.name) + ["host"])
        findings.error(node, "\(what): the lab has no machine \"\(name)\"" + (meant.map { "; did you mean \"\($0)\"?" } ?? ""))
        return nil
    }

    private func readFault(_ reader: MappingReader) -> Fault? {
        guard let fault = reader.mapping("fault", "\"fault\" of \(reader.what)", keys: LabKeys.fault) else { return nil }
        let verbs = Fault.Verb.allCases.filter { fault.has($0.rawValue) }
        guard verbs.count == 1, let verb = verbs.first else {
            if !findings.hasErrors || verbs.count > 1 {
                findings.error(
                    fault.node, "\"fault\" of \(reader.what) needs one of kill, stop and start, with the machines it befalls")
            }
            return nil
        }
        guard let node = fault[verb.rawValue] else { return nil }
        let machines = findings.strings(node, "\"\(verb.rawValue)\"").compactMap { machine($0, node, reader.what) }
        if machines.isEmpty, !findings.hasErrors {
            findings.error(node, "\"\(verb.rawValue)\" of \(reader.what) names no machine")
        }
        return Fault(verb, machines)
    }

    // MARK: How often, how long

    private func positive(_ reader: MappingReader, _ key: String) -> Duration? {
        guard let duration = reader.duration(key) else { return nil }
        if duration <= .zero, let node = reader[key] { findings.error(node, "\"\(key)\" of \(reader.what) must be more than 0") }
        return duration
    }

    /// `until: 60s`, or a mapping with `within` and `every`.
    private func readUntil(_ reader: MappingReader) -> Until? {
        guard let node = reader["until"] else { return nil }
        if node.scalar != nil { return positive(reader, "until").map { Until(within: $0) } }
        guard let until = MappingReader(node, what: "\"until\" of \(reader.what)", keys: LabKeys.until, findings: findings) else {
            return nil
        }
        if !until.has("within") { findings.error(node, "\(until.what) has no \"within\"") }
        guard let within = positive(until, "within") else { return nil }
        return Until(within: within, every: positive(until, "every") ?? Until.defaultPause)
    }

    /// `repeat: 10`, or a mapping with `times` and `every`.
    private func readRepetition(_ reader: MappingReader) -> Repetition {
        guard let node = reader["repeat"] else { return .init() }
        if node.scalar != nil { return .init(times: reader.integer("repeat", in: 1...10000) ?? 1) }
        guard let repetition = MappingReader(node, what: "\"repeat\" of \(reader.what)", keys: LabKeys.repeat, findings: findings)
        else { return .init() }
        if !repetition.has("times") { findings.error(node, "\(repetition.what) has no \"times\"") }
        return .init(times: repetition.integer("times", in: 1...10000) ?? 1, every: repetition.duration("every") ?? .zero)
    }

    private static func title(of action: Step.Action?, number: Int) -> String {
        switch action {
        case .run(let command, _):
            // A multi-line command is known by its first line.
            String(command.split(separator: "\n").first?.trimmingPrefix { $0 == " " } ?? "step \(number)")
        case .fault(let fault): "\(fault.verb.rawValue) \(fault.machines.joined(separator: ", "))"
        case .wait(let duration): "wait \(duration.brief)"
        case .checkpoint(let name): "checkpoint \(name)"
        case .rewind(let name): "rewind \(name)"
        case .suspend: "suspend"
        case .resume: "resume"
        case .check, nil: "step \(number)"
        }
    }
}
