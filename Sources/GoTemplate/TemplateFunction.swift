/// A function that templates may call.
struct TemplateFunction: Sendable {
    typealias Failure = Template.FunctionError

    /// How many arguments it takes.
    let arity: ClosedRange<Int>
    let call: @Sendable ([Value]) throws(Failure) -> Value

    init(_ arity: ClosedRange<Int>, _ call: @escaping @Sendable ([Value]) throws(Failure) -> Value) {
        self.arity = arity
        self.call = call
    }

    static func named(_ name: String, in dialect: Template.Dialect) -> TemplateFunction? {
        dialect == .go && ofCommands.contains(name) ? nil : all[name]
    }

    private static let ofCommands: Set<String> = ["json", "prettyjson", "join", "split", "upper", "lower", "title"]

    private static let many = 1...Int.max

    private static let all: [String: TemplateFunction] = [
        "and": TemplateFunction(many) { arguments throws(Failure) in
            arguments.first { !$0.isTrue } ?? arguments[arguments.count - 1]
        },
        "or": TemplateFunction(many) { arguments throws(Failure) in
            arguments.first { $0.isTrue } ?? arguments[arguments.count - 1]
        },
        "not": TemplateFunction(1...1) { arguments throws(Failure) in .bool(!arguments[0].isTrue) },
        "len": TemplateFunction(1...1) { arguments throws(Failure) in .int(try length(arguments[0])) },
        "index": TemplateFunction(many) { arguments throws(Failure) in try index(arguments) },
        "eq": TemplateFunction(2...Int.max) { arguments throws(Failure) in
            for other in arguments.dropFirst() where try Comparison.equal(arguments[0], other) { return .bool(true) }
            return .bool(false)
        },
        "ne": TemplateFunction(2...2) { arguments throws(Failure) in .bool(try !Comparison.equal(arguments[0], arguments[1])) },
        "lt": TemplateFunction(2...2) { arguments throws(Failure) in .bool(try Comparison.less(arguments[0], arguments[1])) },
        "le": TemplateFunction(2...2) { arguments throws(Failure) in
            let (less, equal) = (
                try Comparison.less(arguments[0], arguments[1]), try Comparison.equal(arguments[0], arguments[1])
            )
            return .bool(less || equal)
        },
        "gt": TemplateFunction(2...2) { arguments throws(Failure) in .bool(try Comparison.less(arguments[1], arguments[0])) },
        "ge": TemplateFunction(2...2) { arguments throws(Failure) in
            let (less, equal) = (
                try Comparison.less(arguments[1], arguments[0]), try Comparison.equal(arguments[0], arguments[1])
            )
            return .bool(less || equal)
        },
        "print": TemplateFunction(0...Int.max) { arguments throws(Failure) in .string(GoFormat.print(arguments)) },
        "println": TemplateFunction(0...Int.max) { arguments throws(Failure) in
            .string(arguments.map(GoFormat.plain).joined(separator: " ") + "\n")
        },
        "printf": TemplateFunction(many) { arguments throws(Failure) in
            .string(GoFormat.printf(try text(arguments[0]), Array(arguments.dropFirst())))
        },
        "json": TemplateFunction(1...1) { arguments throws(Failure) in .string(arguments[0].json()) },
        "prettyjson": TemplateFunction(1...1) { arguments throws(Failure) in .string(arguments[0].prettyJSON()) },
        "join": TemplateFunction(2...2) { arguments throws(Failure) in
            guard case .array(let items) = arguments[0] else {
                throw Failure("wrong type for value; expected []string; got \(arguments[0].goType)")
            }
            return .string(items.map(GoFormat.plain).joined(separator: try text(arguments[1])))
        },
        "split": TemplateFunction(2...2) { arguments throws(Failure) in
            let (text, separator) = (try text(arguments[0]), try text(arguments[1]))
            if separator.isEmpty { return .strings(text.unicodeScalars.map { String(Character($0)) }) }
            return .strings(text.split(separator: separator, omittingEmptySubsequences: false).map(String.init))
        },
        "upper": TemplateFunction(1...1) { arguments throws(Failure) in .string(try text(arguments[0]).uppercased()) },
        "lower": TemplateFunction(1...1) { arguments throws(Failure) in .string(try text(arguments[0]).lowercased()) },
        "title": TemplateFunction(1...1) { arguments throws(Failure) in .string(title(try text(arguments[0]))) },
    ]

    private static func text(_ value: Value) throws(Failure) -> String {
        guard case .string(let text) = value else {
            throw Failure("wrong type for value; expected string; got \(value.goType)")
        }
        return text
    }

    private static func length(_ value: Value) throws(Failure) -> Int {
        switch value {
        case .string(let text): return text.utf8.count
        case .array(let items): return items.count
        case .object(let members): return members.count
        case .null: throw Failure("len of untyped nil")
        default: throw Failure("len of type \(value.goType)")
        }
    }

    private static func index(_ arguments: [Value]) throws(Failure) -> Value {
        var value = arguments[0]
        for key in arguments.dropFirst() {
            switch (value, key) {
            case (.object(let members), .string(let name)): value = members[name] ?? .null
            case (.array(let items), .int(let position)):
                guard items.indices.contains(position) else { throw Failure("index out of range: \(position)") }
                value = items[position]
            case (.string(let text), .int(let position)):
                let bytes = Array(text.utf8)
                guard bytes.indices.contains(position) else { throw Failure("index out of range: \(position)") }
                value = .int(Int(bytes[position]))
            case (.null, _): throw Failure("index of untyped nil")
            case (.object, _): throw Failure("value has type \(key.goType); should be string")
            case (.array, _), (.string, _): throw Failure("cannot index slice/array with type \(key.goType)")
            default: throw Failure("can't index item of type \(value.goType)")
            }
        }
        return value
    }

    private static func title(_ text: String) -> String {
        var result = ""
        var startsWord = true
        for character in text {
            result += startsWord ? character.uppercased() : String(character)
            startsWord = !(character.isLetter || character.isNumber || character == "_" || character == "'")
        }
        return result
    }
}

/// `eq`, `lt` and the like: numbers with numbers, texts with texts.
private enum Comparison {
    static func equal(_ left: Value, _ right: Value) throws(TemplateFunction.Failure) -> Bool {
        switch (left, right) {
        case (.null, _), (_, .null): return left == right
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)): return left == right
        case (.array, _), (.object, _), (_, .array), (_, .object): throw TemplateFunction.Failure("non-comparable type")
        default:
            guard let (left, right) = numbers(left, right) else { throw incompatible }
            return left == right
        }
    }

    static func less(_ left: Value, _ right: Value) throws(TemplateFunction.Failure) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): return left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.int(let left), .int(let right)): return left < right
        case (.null, _), (.bool, _), (.array, _), (.object, _):
            throw TemplateFunction.Failure("invalid type for comparison")
        default:
            guard let (left, right) = numbers(left, right) else { throw incompatible }
            return left < right
        }
    }

    private static func numbers(_ left: Value, _ right: Value) -> (Double, Double)? {
        guard let left = number(left), let right = number(right) else { return nil }
        return (left, right)
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    private static let incompatible = TemplateFunction.Failure("incompatible types for comparison")
}
