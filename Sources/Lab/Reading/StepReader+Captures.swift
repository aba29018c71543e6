import Yams

extension StepReader {
    /// `capture: {NAME: PATTERN}` or `capture: {NAME: {pattern | table | whole, from}}`.
    func readCaptures(_ reader: MappingReader) -> [Capture] {
        guard let node = reader["capture"] else { return [] }
        return findings.pairs(node, "\"capture\" of \(reader.what)").compactMap { name, value in
            let what = "capture \"\(name)\" of \(reader.what)"
            guard Names.isVariable(name) else {
                findings.error(value, "\"\(name)\" cannot be a variable's name: \(Names.variableRule)")
                return nil
            }
            if topology.variables[name] != nil {
                findings.error(value, "\(what) would hide the constant of that name in \"variables\"")
            }
            if value.scalar != nil {
                return findings.pattern(value, what).map { Capture(name, .pattern($0)) }
            }
            guard let capture = MappingReader(value, what: what, keys: LabKeys.capture, findings: findings) else { return nil }
            return readSource(capture).map {
                Capture(name, $0, from: capture.choice("from", OutputSelection.self) ?? .stdout)
            }
        }
    }

    private func readSource(_ capture: MappingReader) -> Capture.Source? {
        let given = ["pattern", "table", "whole"].filter { capture.has($0) }
        guard given.count == 1 else {
            findings.error(capture.node, "\(capture.what) needs one of pattern, table and whole")
            return nil
        }
        switch given[0] {
        case "pattern":
            return capture["pattern"].flatMap { findings.pattern($0, "\"pattern\" of \(capture.what)") }.map { .pattern($0) }
        case "table":
            guard let table = capture.mapping("table", "\"table\" of \(capture.what)", keys: LabKeys.captureTable) else {
                return nil
            }
            if !table.has("column") { findings.error(table.node, "\(table.what) has no \"column\"") }
            guard let column = table.string("column") else { return nil }
            return .cell(row: ExpectationReader(self).cells(table, "where"), column: column)
        default:
            if capture.bool("whole") == false, let node = capture["whole"] {
                findings.error(node, "\"whole\" of \(capture.what) can only be true")
            }
            return .whole
        }
    }
}
