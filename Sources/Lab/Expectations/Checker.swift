import Foundation

/// Gives a text with its `${variables}` filled in.
typealias Fill = @Sendable (String) throws -> String

/// Compares what a step brought with what it was to bring.
struct Checker {
    /// Fills in `${variables}`.
    let fill: Fill

    /// Everything about the command's result that does not hold. HTTP answers are another matter: see ``HTTPChecker``.
    func mismatches(_ expectation: Expectation, _ outcome: Outcome) throws -> [Mismatch] {
        var found = exit(expectation.exit, outcome.statuses)
        for text in expectation.texts { found += try self.text(text, outcome.text(text.selection)) }
        if let table = expectation.table { found += try self.table(table, outcome.stdout) }
        if let distinct = expectation.distinct { found += self.distinct(distinct, outcome.stdout) }
        return found
    }

    // MARK: Exit status

    private func exit(_ expected: ExitExpectation, _ statuses: [Int32]) -> [Mismatch] {
        let holds: (Int32) -> Bool =
            switch expected {
            case .any: { _ in true }
            case .nonzero: { $0 != 0 }
            case .status(let status): { $0 == status }
            }
        guard let index = statuses.firstIndex(where: { !holds($0) }) else { return [] }
        let words = if case .status(let status) = expected { "exit status \(status)" } else { "an exit status other than 0" }
        let which = statuses.count > 1 ? " of run \(index + 1) of \(statuses.count)" : ""
        return [Mismatch(expected: words, actual: "it was \(statuses[index])\(which)")]
    }

    // MARK: Texts

    private func text(_ expected: TextExpectation, _ actual: String) throws -> [Mismatch] {
        var found: [Mismatch] = []
        let where_ = expected.selection == .output ? "the output" : expected.selection.rawValue
        func add(_ words: String, _ but: String? = nil) {
            found.append(
                Mismatch(expected: words, actual: but ?? "it is \(actual.trimmed.isEmpty ? "empty" : actual.trimmed.quoted())"))
        }
        if let text = try expected.text.map(fill), text.trimmed != actual.trimmed {
            add(text.trimmed.isEmpty ? "\(where_) to be empty" : "\(where_) to be \(text.trimmed.quoted())")
        }
        for part in try expected.contains.map(fill) where !actual.contains(part) { add("\(where_) to contain \(part.quoted())") }
        for part in try expected.lacks.map(fill) where actual.contains(part) {
            add("\(where_) not to contain \(part.quoted())", "it does")
        }
        for source in expected.patterns {
            let pattern = try compiled(source)
            if !pattern.matches(actual) { add("\(where_) to match /\(pattern.text)/") }
        }
        if let lines = expected.lines { found += self.lines(lines, actual, where_) }
        return found
    }

    /// A pattern with variables filled in; a value stands for itself, not for a pattern.
    private func compiled(_ source: String) throws -> Pattern {
        try Pattern(VariableText(source).filled { try NSRegularExpression.escapedPattern(for: fill("${\($0)}")) })
    }

    private func lines(_ expected: LinesExpectation, _ actual: String, _ where_: String) -> [Mismatch] {
        var lines = actual.filledLines
        let all = lines.count
        if let matching = expected.matching { lines = lines.filter(matching.matches) }
        var found: [Mismatch] = []
        if !expected.count.holds(for: lines.count) {
            let words =
                "\(expected.count.words) lines in \(where_)" + (expected.matching.map { " that match /\($0.text)/" } ?? "")
            let but =
                expected.matching == nil ? "there are \(lines.count)" : "there are \(lines.count), among \(all) lines in all"
            found.append(Mismatch(expected: words, actual: but))
        }
        if let each = expected.each, let odd = lines.first(where: { !each.matches($0) }) {
            found.append(Mismatch(expected: "every line in \(where_) to match /\(each.text)/", actual: "one is \(odd.quoted())"))
        }
        return found
    }

    // MARK: Tables

    private func table(_ expected: TableExpectation, _ actual: String) throws -> [Mismatch] {
        let needed = expected.columns + expected.has.flatMap { ($0.conditions + $0.cells).map(\.column) }
        guard let table = DockerTable(actual, needed: needed) else {
            return [Mismatch(expected: "a table with headings", actual: "stdout holds none")]
        }
        if let missing = needed.first(where: { !table.columns.contains($0) }) {
            return [
                Mismatch(
                    expected: "a table with column \(missing)", actual: "its columns are \(table.columns.joined(separator: ", "))"
                )
            ]
        }
        var found: [Mismatch] = []
        if !expected.rows.holds(for: table.rows.count) {
            found.append(Mismatch(expected: "\(expected.rows.words) rows", actual: "the table has \(table.rows.count)"))
        }
        for row in expected.has { found += try self.row(row, table) }
        return found
    }

    private func row(_ expected: RowExpectation, _ table: DockerTable) throws -> [Mismatch] {
        let rows = try table.rows.filter { row in try expected.conditions.allSatisfy { try holds($0, row, table) } }
        let which =
            expected.conditions.isEmpty ? "rows" : "rows with \(expected.conditions.map(\.words).joined(separator: " and "))"
        guard expected.count.holds(for: rows.count) else {
            return [Mismatch(expected: "\(expected.count.words) \(which)", actual: "there are \(rows.count)")]
        }
        var found: [Mismatch] = []
        for row in rows {
            for cell in expected.cells where try !holds(cell, row, table) {
                let value = table.cell(row, cell.column) ?? ""
                found.append(
                    Mismatch(
                        expected: "\(cell.words) in \(which)",
                        actual: "\(cell.column) is \(value.quoted()) in the row of \((row.first { !$0.isEmpty } ?? "").quoted())")
                )
            }
        }
        return found
    }

    func holds(_ condition: CellCondition, _ row: [String], _ table: DockerTable) throws -> Bool {
        guard let cell = table.cell(row, condition.column) else { return false }
        switch condition.value {
        case .text(let text): return try fill(text) == cell
        case .pattern(let pattern): return pattern.matches(cell)
        }
    }

    // MARK: Values that come round

    private func distinct(_ expected: DistinctExpectation, _ actual: String) -> [Mismatch] {
        let values = expected.pattern.values(in: actual)
        var seen: [String] = []
        for value in values where !seen.contains(value) { seen.append(value) }
        guard expected.count.holds(for: seen.count) else {
            return [
                Mismatch(
                    expected: "\(expected.count.words) different values of /\(expected.pattern.text)/",
                    actual: "there are \(seen.count) in \(values.count) matches: \(seen.prefix(12).joined(separator: ", "))")
            ]
        }
        guard expected.rotating, let odd = values.indices.first(where: { values[$0] != seen[$0 % seen.count] }) else { return [] }
        return [
            Mismatch(
                expected: "the \(seen.count) values to come round in turn",
                actual: "number \(odd + 1) is \(values[odd]), not \(seen[odd % seen.count])")
        ]
    }
}

extension CellCondition {
    var words: String {
        switch value {
        case .text(let text): "\(column) \(text.quoted())"
        case .pattern(let pattern): "\(column) /\(pattern.text)/"
        }
    }
}
