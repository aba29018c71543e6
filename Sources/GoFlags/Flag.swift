/// One command line flag: its spellings, its type (given by the default), where else its value may come from, and its help line.
public struct Flag: Sendable, Equatable {
    /// What kind of value a flag takes.
    public enum Kind: Sendable, Equatable {
        case string, int, bool, stringSlice
    }

    /// A flag's value.
    public enum Value: Sendable, Equatable {
        case string(String)
        case int(Int)
        case bool(Bool)
        case stringSlice([String])
    }

    /// Every spelling without dashes, the canonical one first: `["driver", "d"]`.
    public let names: [String]
    /// The value when neither the command line nor the environment gives one.
    public let defaultValue: Value
    /// The environment variable read when the command line does not give the flag.
    public let environmentVariable: String?
    /// One line of help.
    public let usage: String

    /// - Parameter names: comma-separated spellings, the canonical one first, as in `"driver, d"`.
    public init(_ names: String, default defaultValue: Value, env: String? = nil, usage: String) {
        self.names = names.split(separator: ",").map { String($0.filter { $0 != " " }) }
        self.defaultValue = defaultValue
        self.environmentVariable = env
        self.usage = usage
    }

    /// A flag that takes a text.
    public static func string(_ names: String, default value: String = "", env: String? = nil, usage: String) -> Flag {
        Flag(names, default: .string(value), env: env, usage: usage)
    }

    /// A flag that takes a whole number, in any of Go's spellings (`10`, `0x0a`, `012`).
    public static func int(_ names: String, default value: Int, env: String? = nil, usage: String) -> Flag {
        Flag(names, default: .int(value), env: env, usage: usage)
    }

    /// A switch: off unless given.
    public static func bool(_ names: String, env: String? = nil, usage: String) -> Flag {
        Flag(names, default: .bool(false), env: env, usage: usage)
    }

    /// A flag that may be repeated; every use adds one value.
    public static func strings(_ names: String, env: String? = nil, usage: String) -> Flag {
        Flag(names, default: .stringSlice([]), env: env, usage: usage)
    }

    /// The canonical spelling, without dashes.
    public var name: String { names.first ?? "" }

    /// The type of value that the flag takes.
    public var kind: Kind {
        switch defaultValue {
        case .string: .string
        case .int: .int
        case .bool: .bool
        case .stringSlice: .stringSlice
        }
    }

    /// The spellings as a person types them: one dash before one letter, two before a word.
    public var dashedNames: [String] {
        names.map { $0.count == 1 ? "-\($0)" : "--\($0)" }
    }
}
