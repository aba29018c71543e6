/// Data that a template reads and that JSON holds.
public indirect enum Value: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([Value])
    case object(Members)

    /// An array of texts.
    public static func strings(_ texts: [String]) -> Value {
        .array(texts.map(Value.string))
    }

    /// The member of an object; nil where there is none, or where this is no object.
    public subscript(_ key: String) -> Value? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// Whether `if` takes the value for true: everything but false, 0, nothing and what is empty.
    public var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let value): !value.isEmpty
        case .array(let value): !value.isEmpty
        case .object(let value): !value.isEmpty
        }
    }

    /// What Go calls the type when such a value came out of JSON.
    var goType: String {
        switch self {
        case .null: "nil"
        case .bool: "bool"
        case .int: "int"
        case .double: "float64"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }
}

/// The members of an object. They keep the order in which they were given, for printing; two sets are equal whatever the order.
public struct Members: Sendable, Equatable {
    /// The keys, in the order given.
    public private(set) var keys: [String] = []
    private var values: [String: Value] = [:]
    /// The Go type of which these are the fields, for which asking for any other is an error; nil for a map.
    public let type: String?

    public init() { type = nil }

    /// A key given twice keeps its first place and its last value.
    public init(_ members: [(String, Value)], type: String? = nil) {
        self.type = type
        for (key, value) in members { self[key] = value }
    }

    public var isEmpty: Bool { keys.isEmpty }
    public var count: Int { keys.count }

    /// The keys in the order of their bytes, as Go walks over a map in a template.
    public var sortedKeys: [String] {
        keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Setting nil removes the member.
    public subscript(_ key: String) -> Value? {
        get { values[key] }
        set {
            if newValue == nil {
                keys.removeAll { $0 == key }
            } else if values[key] == nil {
                keys.append(key)
            }
            values[key] = newValue
        }
    }

    public static func == (left: Members, right: Members) -> Bool {
        left.values == right.values
    }
}
