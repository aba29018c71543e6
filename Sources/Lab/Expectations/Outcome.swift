import Foundation

/// What one try of a step brought.
public struct Outcome: Sendable, Equatable {
    /// One status for each repetition.
    public var statuses: [Int32]
    public var stdout: String
    public var stderr: String
    /// Both streams in the order in which they arrived.
    public var output: String

    public init(statuses: [Int32] = [], stdout: String = "", stderr: String = "", output: String? = nil) {
        self.statuses = statuses
        self.stdout = stdout
        self.stderr = stderr
        self.output = output ?? stdout + stderr
    }

    public func text(_ selection: OutputSelection) -> String {
        switch selection {
        case .stdout: stdout
        case .stderr: stderr
        case .output: output
        }
    }

    /// Adds the next repetition; outputs follow each other on lines of their own.
    mutating func append(_ other: Outcome) {
        func joined(_ left: String, _ right: String) -> String {
            left.isEmpty || left.hasSuffix("\n") ? left + right : left + "\n" + right
        }
        statuses += other.statuses
        stdout = joined(stdout, other.stdout)
        stderr = joined(stderr, other.stderr)
        output = joined(output, other.output)
    }
}

/// An expectation that does not hold.
public struct Mismatch: Sendable, Equatable {
    /// What was expected, in words.
    public var expected: String
    /// What was there instead, in words.
    public var actual: String

    public init(expected: String, actual: String) {
        self.expected = expected
        self.actual = actual
    }

    public var description: String { "expected \(expected), but \(actual)" }
}

extension String {
    /// For messages: on one line, in quotes, and not too long.
    func quoted(limit: Int = 120) -> String {
        let flat = replacing("\n", with: "⏎")
        return flat.count <= limit ? "\"\(flat)\"" : "\"\(flat.prefix(limit))…\""
    }

    /// The lines that are not empty.
    var filledLines: [String] {
        split { $0.isNewline }.map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
    }

    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
