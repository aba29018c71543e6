import Foundation

/// What is known of the terminal, if there is one.
enum Terminal {
    static var isOutputTerminal: Bool { Surroundings.current.isTerminal }

    /// Colours are for terminals, and for people who did not say no (https://no-color.org).
    static var hasColour: Bool { isOutputTerminal && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty }

    /// Columns; 80 where nobody knows.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    static func write(_ text: String, to stream: Surroundings.Stream) { Surroundings.current.write(stream, Data(text.utf8)) }

    static func print(_ text: String) { write(text + "\n", to: .output) }

    /// A line on standard error.
    static func complain(_ text: String) { write("lab: \(text)\n", to: .errors) }

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

extension Date {
    /// For people: how long ago, in its largest unit.
    var age: String {
        let seconds = max(0, Int(Date().timeIntervalSince(self)))
        switch seconds {
        case 1: return "1 second"
        case ..<120: return "\(seconds) seconds"
        case ..<7200: return "\(seconds / 60) minutes"
        case ..<172_800: return "\(seconds / 3600) hours"
        default: return "\(seconds / 86400) days"
        }
    }
}
