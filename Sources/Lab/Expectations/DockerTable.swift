/// Docker's and docker-machine's column output, read by where the headings stand.
public struct DockerTable: Sendable, Equatable {
    public let columns: [String]
    /// Cells by column, in the order of `columns`.
    public let rows: [[String]]

    /// Reads the first table in `output` that has all of `needed`; failing that, the first table at all.
    ///
    /// - Returns: nil when there is no heading line.
    public init?(_ output: String, needed: [String] = []) {
        let lines = output.split(omittingEmptySubsequences: false) { $0.isNewline }.map { Array(String($0).unicodeScalars) }
        let headings = lines.enumerated().compactMap { index, line in Self.headings(line).map { (index, $0) } }
        let chosen = headings.first { heading in Set(needed).isSubset(of: heading.1.map(\.name)) } ?? headings.first
        guard let (start, heading) = chosen else { return nil }
        columns = heading.map(\.name)
        let isHeading = Set(headings.map(\.0))
        var rows: [[String]] = []
        for index in lines.indices.dropFirst(start + 1) {
            let line = lines[index]
            // An empty line, or the next command's table, ends this one.
            if isHeading.contains(index) || line.allSatisfy({ $0.properties.isWhitespace }) { break }
            rows.append(Self.cells(line, heading))
        }
        self.rows = rows
    }

    /// The cell of a row, or nil when there is no such column.
    public func cell(_ row: [String], _ column: String) -> String? {
        columns.firstIndex(of: column).flatMap { $0 < row.count ? row[$0] : nil }
    }

    private typealias Heading = (name: String, start: Int)

    /// Headings are capitals, parted by two spaces or more; `MANAGER STATUS` is one heading.
    private static func headings(_ line: [Unicode.Scalar]) -> [Heading]? {
        var headings: [Heading] = []
        var index = 0
        while index < line.count {
            guard line[index] != " " else { index += 1; continue }
            let start = index
            while index < line.count, !(line[index] == " " && (index + 1 == line.count || line[index + 1] == " ")) { index += 1 }
            headings.append((String(String.UnicodeScalarView(line[start..<index])), start))
        }
        guard let first = headings.first, first.start == 0 else { return nil }
        let areCapitals = headings.allSatisfy { heading in
            heading.name.unicodeScalars.allSatisfy { ("A"..."Z").contains($0) || " _/%.()-#".unicodeScalars.contains($0) }
                && heading.name.unicodeScalars.contains { ("A"..."Z").contains($0) }
        }
        return areCapitals ? headings : nil
    }

    private static func cells(_ line: [Unicode.Scalar], _ headings: [Heading]) -> [String] {
        headings.indices.map { index in
            let start = min(headings[index].start, line.count)
            let end = index + 1 < headings.count ? min(headings[index + 1].start, line.count) : line.count
            let cell = line[start..<max(start, end)].drop { $0 == " " }
            let last = cell.lastIndex { $0 != " " && $0 != "\r" }
            return last.map { String(String.UnicodeScalarView(cell[cell.startIndex...$0])) } ?? ""
        }
    }
}
