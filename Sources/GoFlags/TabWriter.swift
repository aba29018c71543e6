/// Go's `text/tabwriter`, as far as docker-machine used it: text in tab-terminated cells, every column as wide as its widest cell.
///
/// A column is a block of consecutive lines that all have a tab-terminated cell there; the text after a line's last tab belongs to no column
/// and is never padded. Widths count characters (Unicode scalars), as Go does.
public struct TabWriter: Sendable, Equatable {
    /// What fills a cell up to its column's width.
    public enum Padding: Sendable, Equatable {
        case spaces
        /// Tab characters, each worth `tabWidth`; widths are rounded up to it.
        case tabs
    }

    /// The least width of a cell, padding included.
    public let minimumWidth: Int
    /// What a tab is worth in columns.
    public let tabWidth: Int
    /// Added to the widest cell of a column.
    public let padding: Int
    /// What the padding is made of.
    public let fill: Padding

    public init(minimumWidth: Int, tabWidth: Int, padding: Int, fill: Padding) {
        self.minimumWidth = minimumWidth
        self.tabWidth = tabWidth
        self.padding = padding
        self.fill = fill
    }

    /// The writer of `ls`: at least 5 wide, 3 blanks between columns.
    public static let listing = TabWriter(minimumWidth: 5, tabWidth: 1, padding: 3, fill: .spaces)
    /// The writer of help texts: tabs of 8.
    public static let help = TabWriter(minimumWidth: 0, tabWidth: 8, padding: 1, fill: .tabs)

    /// Lines up a text whose cells end in tabs.
    public func format(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        var widths = lines.map { [Int](repeating: 0, count: max($0.count - 1, 0)) }
        measure(lines, rows: lines.startIndex..<lines.endIndex, column: 0, into: &widths)
        return zip(lines, widths).map(render).joined(separator: "\n")
    }

    /// Finds the blocks of consecutive lines that have a cell in `column`, sets their common width, and goes on to the right inside each block.
    private func measure(_ lines: [[String]], rows: Range<Int>, column: Int, into widths: inout [[Int]]) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            guard lines[row].count - 1 > column else {
                row += 1
                continue
            }
            let start = row
            var longest = 0
            while row < rows.upperBound, lines[row].count - 1 > column {
                longest = max(longest, lines[row][column].unicodeScalars.count)
                row += 1
            }
            let width = columnWidth(longest)
            for line in start..<row { widths[line][column] = width }
            measure(lines, rows: start..<row, column: column + 1, into: &widths)
        }
    }

    private func columnWidth(_ longest: Int) -> Int {
        // Go leaves a column that is empty in every line without padding only when asked to discard it; we never ask.
        max(minimumWidth, longest + padding)
    }

    private func render(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            guard index < widths.count else { continue }
            let length = cell.unicodeScalars.count
            switch fill {
            case .spaces:
                line += String(repeating: " ", count: widths[index] - length)
            case .tabs:
                let rounded = (widths[index] + tabWidth - 1) / tabWidth * tabWidth
                line += String(repeating: "\t", count: (rounded - length + tabWidth - 1) / tabWidth)
            }
        }
        return line
    }
}
