/// What must hold after a step. Everything given must hold at once.
public struct Expectation: Sendable, Equatable {
    public var exit: ExitExpectation
    public var texts: [TextExpectation]
    public var table: TableExpectation?
    public var http: HTTPExpectation?
    public var distinct: DistinctExpectation?

    public init(
        exit: ExitExpectation = .status(0), texts: [TextExpectation] = [], table: TableExpectation? = nil,
        http: HTTPExpectation? = nil, distinct: DistinctExpectation? = nil
    ) {
        self.exit = exit
        self.texts = texts
        self.table = table
        self.http = http
        self.distinct = distinct
    }
}

public enum ExitExpectation: Sendable, Equatable {
    case status(Int32)
    case nonzero
    /// The status does not matter.
    case any
}

/// Which part of a command's output is looked at.
public enum OutputSelection: String, Sendable, Equatable, CaseIterable {
    case stdout, stderr
    /// Both, in the order in which they arrived.
    case output
}

/// What an output must look like. Texts may hold `${variables}`.
public struct TextExpectation: Sendable, Equatable {
    public var selection: OutputSelection
    /// The whole output, white space around it aside.
    public var text: String?
    public var contains: [String]
    public var lacks: [String]
    /// Patterns as written: they are compiled after variables are filled in.
    public var patterns: [String]
    public var lines: LinesExpectation?

    public init(
        _ selection: OutputSelection, text: String? = nil, contains: [String] = [], lacks: [String] = [],
        patterns: [String] = [], lines: LinesExpectation? = nil
    ) {
        self.selection = selection
        self.text = text
        self.contains = contains
        self.lacks = lacks
        self.patterns = patterns
        self.lines = lines
    }
}

/// How many lines there must be; empty lines do not count.
public struct LinesExpectation: Sendable, Equatable {
    public var count: CountExpectation
    /// Only lines that match are counted.
    public var matching: Pattern?
    /// Every line that counts must match.
    public var each: Pattern?

    public init(count: CountExpectation = .init(), matching: Pattern? = nil, each: Pattern? = nil) {
        self.count = count
        self.matching = matching
        self.each = each
    }
}

/// Bounds of a number; nil is no bound.
public struct CountExpectation: Sendable, Equatable {
    public var atLeast: Int?
    public var atMost: Int?

    public init(atLeast: Int? = nil, atMost: Int? = nil) {
        self.atLeast = atLeast
        self.atMost = atMost
    }

    public static func exactly(_ count: Int) -> Self { .init(atLeast: count, atMost: count) }

    public func holds(for count: Int) -> Bool { count >= atLeast ?? .min && count <= atMost ?? .max }

    /// `3`, `at least 2`, `at most 4`, `2 to 4`, `any number of`.
    public var words: String {
        switch (atLeast, atMost) {
        case let (low?, high?): low == high ? "\(low)" : "\(low) to \(high)"
        case let (low?, nil): "at least \(low)"
        case let (nil, high?): "at most \(high)"
        case (nil, nil): "any number of"
        }
    }
}

/// What Docker's column output must say.
public struct TableExpectation: Sendable, Equatable {
    /// Number of rows, the heading aside.
    public var rows: CountExpectation
    /// Columns that must be there.
    public var columns: [String]
    public var has: [RowExpectation]

    public init(rows: CountExpectation = .init(), columns: [String] = [], has: [RowExpectation] = []) {
        self.rows = rows
        self.columns = columns
        self.has = has
    }
}

/// Rows that must be there, and what must stand in them.
public struct RowExpectation: Sendable, Equatable {
    /// Which rows; no condition means all.
    public var conditions: [CellCondition]
    /// What every such row must say.
    public var cells: [CellCondition]
    /// How many such rows there must be.
    public var count: CountExpectation

    public init(
        where conditions: [CellCondition] = [], cells: [CellCondition] = [], count: CountExpectation = .init(atLeast: 1)
    ) {
        self.conditions = conditions
        self.cells = cells
        self.count = count
    }
}

/// A column and what must stand in it.
public struct CellCondition: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        /// Exactly this text, variables filled in.
        case text(String)
        /// Written `/…/`: somewhere in the cell.
        case pattern(Pattern)
    }

    public var column: String
    public var value: Value

    public init(_ column: String, _ value: Value) {
        self.column = column
        self.value = value
    }
}

/// An answer that a web server must give.
public struct HTTPExpectation: Sendable, Equatable {
    public var url: String
    public var status: Int
    public var contains: [String]
    public var patterns: [String]
    /// The longest one request may take.
    public var timeout: Duration

    public init(
        url: String, status: Int = 200, contains: [String] = [], patterns: [String] = [], timeout: Duration = .seconds(10)
    ) {
        self.url = url
        self.status = status
        self.contains = contains
        self.patterns = patterns
        self.timeout = timeout
    }
}

/// How many different values a pattern must find in the output of all repetitions.
public struct DistinctExpectation: Sendable, Equatable {
    public var pattern: Pattern
    public var count: CountExpectation
    /// Whether the values must come round in turn: after every value has been seen once, they repeat in the same order.
    public var rotating: Bool

    public init(_ pattern: Pattern, count: CountExpectation, rotating: Bool = false) {
        self.pattern = pattern
        self.count = count
        self.rotating = rotating
    }
}
