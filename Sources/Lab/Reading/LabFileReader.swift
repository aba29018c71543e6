import Yams

/// Turns the parsed YAML of a lab file into a topology.
struct LabFileReader {
    let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    func read(_ root: Node) -> Topology? {
        guard let lab = MappingReader(root, what: "the lab", keys: LabKeys.lab, findings: findings, extensions: true) else {
            return nil
        }
        let name = readName(lab)
        let orchestrator = lab.choice("orchestrator", Orchestrator.self) ?? .standard
        let network = lab.string("network")
        if let network, !Names.isSubnet(network) {
            findings.error(lab["network"] ?? root, "\"network\" must be a subnet such as 192.168.99.0/24, not \"\(network)\"")
        }
        let machines = readMachines(lab)
        let variables = readVariables(lab)
        let topology = Topology(
            name: name, summary: lab.string("description") ?? "", orchestrator: orchestrator, network: network,
            machines: machines, variables: variables)
        return with(topology) { $0.steps = readSteps(lab, of: topology) }
    }

    private func with(_ topology: Topology, _ change: (inout Topology) -> Void) -> Topology {
        var topology = topology
        change(&topology)
        return topology
    }

    private func readName(_ lab: MappingReader) -> String {
        guard lab.has("name") else {
            findings.error(lab.node, "the lab has no \"name\"")
            return ""
        }
        guard let name = lab.string("name") else { return "" }
        if !Names.isLab(name) {
            findings.error(lab["name"] ?? lab.node, "\"\(name.prefix(80))\" cannot be the lab's name: \(Names.labRule)")
        }
        return name
    }

    private func readVariables(_ lab: MappingReader) -> [String: String] {
        guard let node = lab["variables"] else { return [:] }
        var variables: [String: String] = [:]
        for (name, value) in findings.pairs(node, "\"variables\"") {
            if !Names.isVariable(name) {
                findings.error(value, "\"\(name)\" cannot be a variable's name: \(Names.variableRule)")
            }
            variables[name] = findings.string(value, "variable \"\(name)\"") ?? ""
        }
        return variables
    }
}
