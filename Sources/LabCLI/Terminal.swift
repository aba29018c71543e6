import Foundation

/// What is known of the terminal, if there is one.
enum Terminal {
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// Colours are for terminals, and for people who did not say no (https://no-color.org).
    static var hasColour: Bool { isOutputTerminal && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty }

    /// Columns; 80 where nobody knows.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    static func print(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// A line on standard error.
    static func complain(_ text: String) {
        FileHandle.standardError.write(Data("lab: \(text)\n".utf8))
    }

    /// Columns as Docker prints them: as wide as their widest cell, three spaces apart.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count + 3)
            }.joined()
        }.joined(separator: "\n")
    }
}

/// Colours of verdicts.
enum Colour: String {
    case green = "32"
    case red = "31"
    case yellow = "33"
    case grey = "90"

    func callAsFunction(_ text: String) -> String { Terminal.hasColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }
}
