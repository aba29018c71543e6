import Foundation
import Yams

/// Reads what a step expects.
struct ExpectationReader {
    let step: StepReader
    var findings: Findings { step.findings }

    init(_ step: StepReader) { self.step = step }

    func read(_ node: Node, of stepName: String, isRun: Bool) -> Expectation {
        var expectation = Expectation()
        let what = "\"expect\" of \(stepName)"
        guard let reader = MappingReader(node, what: what, keys: LabKeys.expect, findings: findings) else { return expectation }
        if !isRun {
            for key in LabKeys.expect where key != "http" && reader.has(key) {
                findings.error(reader.keyNode(key), "\"\(key)\" of \(what) needs a \"run\" whose result it could look at")
            }
        }
        if let exit = reader["exit"] { expectation.exit = readExit(exit, what) }
        for selection in OutputSelection.allCases {
            guard reader.has(selection.rawValue), let node = reader.raw(selection.rawValue) else { continue }
            if let text = readText(node, selection, what) { expectation.texts.append(text) }
        }
        if let table = reader["table"] { expectation.table = readTable(table, what) }
        if let http = reader["http"] { expectation.http = readHTTP(http, what) }
        if let distinct = reader["distinct"] { expectation.distinct = readDistinct(distinct, what) }
        return expectation
    }

    private func readExit(_ node: Node, _ what: String) -> ExitExpectation {
        switch node.scalar?.string {
        case "nonzero": return .nonzero
        case "any": return .any
        case let text?:
            if let status = Int32(text), (0...255).contains(status) { return .status(status) }
        case nil: break
        }
        findings.error(node, "\"exit\" of \(what) must be a status from 0 to 255, nonzero or any, not \(node.kind)")
        return .any
    }

    /// A text that the output must equal, or a mapping of what it must look like.
    private func readText(_ node: Node, _ selection: OutputSelection, _ what: String) -> TextExpectation? {
        let what = "\"\(selection.rawValue)\" of \(what)"
        if let scalar = node.scalar {
            // `stdout: ""` says that there is none; `stdout:` says nothing.
            guard !node.isNothing else {
                findings.error(node, "\(what) has no value; write \"\" for an empty output")
                return nil
            }
            step.checkReferences(scalar.string, node)
            return TextExpectation(selection, text: scalar.string)
        }
        guard let reader = MappingReader(node, what: what, keys: LabKeys.text, findings: findings) else { return nil }
        var text = TextExpectation(selection)
        text.text = references(reader, "text").first
        text.contains = references(reader, "contains")
        text.lacks = references(reader, "lacks")
        text.patterns = patterns(reader)
        text.lines = reader["lines"].flatMap { readLines($0, what) }
        return text
    }

    /// Texts that may hold variables.
    private func references(_ reader: MappingReader, _ key: String) -> [String] {
        guard let node = reader[key] else { return [] }
        let texts = findings.strings(node, "\"\(key)\" of \(reader.what)")
        texts.forEach { step.checkReferences($0, node) }
        return texts
    }

    /// Patterns that may hold variables: they must be right whatever the values are.
    private func patterns(_ reader: MappingReader) -> [String] {
        let texts = references(reader, "pattern")
        for text in texts {
            do {
                _ = try Pattern(VariableText(text).filled { _ in "x" })
            } catch {
                findings.error(
                    reader["pattern"] ?? reader.node,
                    "\"pattern\" of \(reader.what) is not a regular expression: \(Findings.reason(error)) "
                        + "(in \(text.debugDescription.prefix(80)))")
            }
        }
        return texts
    }

    private func readLines(_ node: Node, _ what: String) -> LinesExpectation? {
        if node.scalar != nil {
            return findings.integer(node, "\"lines\" of \(what)", in: 0...1_000_000).map { .init(count: .exactly($0)) }
        }
        guard let reader = MappingReader(node, what: "\"lines\" of \(what)", keys: LabKeys.lines, findings: findings) else {
            return nil
        }
        return LinesExpectation(
            count: readBounds(reader),
            matching: reader["matching"].flatMap { findings.pattern($0, "\"matching\" of \(reader.what)") },
            each: reader["each"].flatMap { findings.pattern($0, "\"each\" of \(reader.what)") })
    }

    /// `3`, or a mapping with `exactly`, or `atLeast` and `atMost`.
    private func readCount(_ node: Node, _ what: String) -> CountExpectation {
        if node.scalar != nil { return findings.integer(node, what, in: 0...1_000_000).map { .exactly($0) } ?? .init() }
        return MappingReader(node, what: what, keys: LabKeys.count, findings: findings).map(readBounds) ?? .init()
    }

    private func readBounds(_ reader: MappingReader) -> CountExpectation {
        let range = 0...1_000_000
        if let exactly = reader.integer("exactly", in: range) {
            for key in ["atLeast", "atMost"] where reader.has(key) {
                findings.error(reader.keyNode(key), "\(reader.what) has both \"exactly\" and \"\(key)\"")
            }
            return .exactly(exactly)
        }
        let count = CountExpectation(atLeast: reader.integer("atLeast", in: range), atMost: reader.integer("atMost", in: range))
        if let low = count.atLeast, let high = count.atMost, low > high {
            findings.error(reader.node, "\(reader.what): nothing is at least \(low) and at most \(high)")
        }
        return count
    }

    private func readTable(_ node: Node, _ what: String) -> TableExpectation? {
        guard let reader = MappingReader(node, what: "\"table\" of \(what)", keys: LabKeys.table, findings: findings) else {
            return nil
        }
        var table = TableExpectation(
            rows: reader["rows"].map { readCount($0, "\"rows\" of \(reader.what)") } ?? .init(),
            columns: reader.strings("columns") ?? [])
        guard let has = reader["has"] else { return table }
        guard case .sequence(let rows) = has else {
            findings.error(has, "\"has\" of \(reader.what) must be a list of rows, not \(has.kind)")
            return table
        }
        table.has = rows.compactMap { row in
            guard let row = MappingReader(row, what: "a row of \(reader.what)", keys: LabKeys.row, findings: findings) else {
                return nil
            }
            return RowExpectation(
                where: cells(row, "where"), cells: cells(row, "cells"),
                count: row["count"].map { readCount($0, "\"count\" of \(row.what)") } ?? .init(atLeast: 1))
        }
        return table
    }

    /// `COLUMN: text`, or `COLUMN: /pattern/`.
    func cells(_ reader: MappingReader, _ key: String) -> [CellCondition] {
        guard let node = reader[key] else { return [] }
        return findings.pairs(node, "\"\(key)\" of \(reader.what)").compactMap { column, value in
            // `MANAGER STATUS:` with nothing after it is an empty cell.
            let text = value.isNothing ? "" : findings.string(value, "column \"\(column)\" in \"\(key)\" of \(reader.what)")
            guard let text else { return nil }
            guard text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") else {
                step.checkReferences(text, value)
                return CellCondition(column, .text(text))
            }
            do {
                return CellCondition(column, .pattern(try Pattern(String(text.dropFirst().dropLast()))))
            } catch {
                findings.error(value, "column \"\(column)\": \(text) is not a regular expression: \(Findings.reason(error))")
                return nil
            }
        }
    }

    private func readHTTP(_ node: Node, _ what: String) -> HTTPExpectation? {
        guard let reader = MappingReader(node, what: "\"http\" of \(what)", keys: LabKeys.http, findings: findings) else {
            return nil
        }
        guard reader.has("url") else {
            findings.error(node, "\(reader.what) has no \"url\"")
            return nil
        }
        guard let url = reader.string("url"), let urlNode = reader["url"] else { return nil }
        step.checkReferences(url, urlNode)
        if !["http://", "https://", "${"].contains(where: { url.hasPrefix($0) }) {
            findings.error(urlNode, "\"url\" of \(reader.what) must be an http or https address, not \"\(url)\"")
        }
        return HTTPExpectation(
            url: url, status: reader.integer("status", in: 100...599) ?? 200, contains: references(reader, "contains"),
            patterns: patterns(reader), timeout: reader.duration("timeout") ?? .seconds(10))
    }

    private func readDistinct(_ node: Node, _ what: String) -> DistinctExpectation? {
        guard let reader = MappingReader(node, what: "\"distinct\" of \(what)", keys: LabKeys.distinct, findings: findings) else {
            return nil
        }
        guard reader.has("pattern") else {
            findings.error(node, "\(reader.what) has no \"pattern\"")
            return nil
        }
        let count = readBounds(reader)
        if count == .init(), !findings.hasErrors {
            findings.error(node, "\(reader.what) needs \"exactly\", \"atLeast\" or \"atMost\"")
        }
        guard let pattern = reader["pattern"].flatMap({ findings.pattern($0, "\"pattern\" of \(reader.what)") }) else {
            return nil
        }
        return DistinctExpectation(pattern, count: count, rotating: reader.bool("rotating") ?? false)
    }
}
