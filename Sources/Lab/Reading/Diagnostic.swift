/// Something a lab file gets wrong, and where.
public struct Diagnostic: Sendable, Equatable, Comparable {
    public enum Severity: String, Sendable, Equatable { case error, warning }

    public var severity: Severity
    /// From 1.
    public var line: Int
    /// From 1, counted in Unicode scalars.
    public var column: Int
    public var message: String

    public init(_ severity: Severity = .error, line: Int, column: Int, _ message: String) {
        self.severity = severity
        self.line = line
        self.column = column
        self.message = message
    }

    /// `FILE:LINE:COLUMN: error: MESSAGE`, the form editors and CI systems know how to follow.
    public func text(file: String) -> String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }

    public static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A lab file that cannot be used, with everything that is wrong with it.
public struct InvalidLabFile: Error, Sendable, CustomStringConvertible {
    public var file: String
    public var diagnostics: [Diagnostic]

    public var description: String { diagnostics.map { $0.text(file: file) }.joined(separator: "\n") }
}
