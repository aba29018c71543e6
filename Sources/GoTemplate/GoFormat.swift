/// Go's `fmt` for the values of templates.
enum GoFormat {
    /// `%v`. Nothing inside something is `<nil>`; the caller decides what nothing by itself is.
    static func plain(_ value: Value) -> String {
        switch value {
        case .null: "<nil>"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): ShortestDecimal(value).general
        case .string(let value): value
        case .array(let items): "[" + items.map(plain).joined(separator: " ") + "]"
        case .object(let members):
            "map[" + members.sortedKeys.map { "\($0):\(plain(members[$0] ?? .null))" }.joined(separator: " ") + "]"
        }
    }

    /// `fmt.Sprint`: a blank between two neighbours that are both no strings.
    static func print(_ values: [Value]) -> String {
        var result = ""
        for (index, value) in values.enumerated() {
            if index > 0, !isString(values[index - 1]), !isString(value) { result += " " }
            result += plain(value)
        }
        return result
    }

    private static func isString(_ value: Value) -> Bool {
        if case .string = value { true } else { false }
    }

    /// `fmt.Sprintf` with the verbs `%s %q %v %d %x %t %f %%`, flags `-`, `0`, `+`, a width and a precision.
    static func printf(_ format: String, _ arguments: [Value]) -> String {
        var result = ""
        var rest = format.unicodeScalars[...]
        var next = 0
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            var directive = Directive()
            directive.readOptions(from: &rest)
            guard let verb = rest.popFirst() else {
                result += "%!(NOVERB)"
                break
            }
            if verb == "%" {
                result += "%"
                continue
            }
            guard next < arguments.count else {
                result += "%!\(verb)(MISSING)"
                continue
            }
            result += directive.pad(directive.format(arguments[next], verb: verb))
            next += 1
        }
        if next < arguments.count {
            let extra = arguments[next...].map { $0 == .null ? "<nil>" : "\($0.goType)=\(plain($0))" }
            result += "%!(EXTRA \(extra.joined(separator: ", ")))"
        }
        return result
    }
}

/// One `%…` of a format, without its verb.
private struct Directive {
    var left = false
    var zero = false
    var plus = false
    var width: Int?
    var precision: Int?

    /// Wider than any screen; Go's own bound is a million.
    private static let widest = 1000

    mutating func readOptions(from rest: inout Substring.UnicodeScalarView) {
        reading: while let flag = rest.first {
            switch flag {
            case "-": left = true
            case "0": zero = true
            case "+": plus = true
            case " ", "#": break
            default: break reading
            }
            rest.removeFirst()
        }
        width = Self.number(&rest)
        if rest.first == "." {
            rest.removeFirst()
            precision = Self.number(&rest) ?? 0
        }
    }

    private static func number(_ rest: inout Substring.UnicodeScalarView) -> Int? {
        var value: Int?
        while let digit = rest.first, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 48), widest)
            rest.removeFirst()
        }
        return value
    }

    func format(_ value: Value, verb: Unicode.Scalar) -> String {
        switch (verb, value) {
        case ("v", _): return signed(GoFormat.plain(value), value)
        case ("s", .string(let text)): return cut(text)
        case ("q", .string(let text)): return goQuote(cut(text))
        case ("x", .string(let text)): return text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case ("d", .int), ("t", .bool): return signed(GoFormat.plain(value), value)
        case ("x", .int(let number)): return String(number, radix: 16)
        case ("q", .int(let number)):
            let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
            return scalar == "'" ? "'\\''" : "'" + goQuote(String(scalar)).dropFirst().dropLast().replacingQuote() + "'"
        case ("f", .double(let number)): return signed(fixed(number), value)
        case ("g", .double): return signed(GoFormat.plain(value), value)
        case ("s", .array(let items)), ("d", .array(let items)), ("q", .array(let items)), ("x", .array(let items)):
            return "[" + items.map { format($0, verb: verb) }.joined(separator: " ") + "]"
        case ("s", .object(let members)), ("d", .object(let members)), ("q", .object(let members)):
            let inner = members.sortedKeys.map {
                "\(format(.string($0), verb: verb)):\(format(members[$0] ?? .null, verb: verb))"
            }
            return "map[" + inner.joined(separator: " ") + "]"
        case (_, .null): return "%!\(verb)(<nil>)"
        default: return "%!\(verb)(\(value.goType)=\(GoFormat.plain(value)))"
        }
    }

    func pad(_ text: String) -> String {
        let missing = (width ?? 0) - text.unicodeScalars.count
        guard missing > 0 else { return text }
        if left { return text + String(repeating: " ", count: missing) }
        guard zero else { return String(repeating: " ", count: missing) + text }
        let sign = text.prefix { $0 == "-" || $0 == "+" }.prefix(1)
        return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }

    private func cut(_ text: String) -> String {
        guard let precision else { return text }
        var result = ""
        result.unicodeScalars.append(contentsOf: text.unicodeScalars.prefix(precision))
        return result
    }

    private func signed(_ text: String, _ value: Value) -> String {
        switch value {
        case .int, .double: plus && !text.hasPrefix("-") && !text.hasPrefix("+") ? "+" + text : text
        default: text
        }
    }

    private func fixed(_ number: Double) -> String {
        guard number.isFinite, number.magnitude < 1e15 else { return ShortestDecimal(number).general }
        let places = min(precision ?? 6, 15)
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (number.magnitude * scale).rounded(.toNearestOrEven)
        guard scaled < 9e18 else { return ShortestDecimal(number).general }
        var digits = String(UInt64(scaled))
        if digits.count <= places { digits = String(repeating: "0", count: places + 1 - digits.count) + digits }
        let whole = digits.dropLast(places)
        return (number.sign == .minus ? "-" : "") + whole + (places > 0 ? "." + digits.suffix(places) : "")
    }
}

extension Substring {
    fileprivate func replacingQuote() -> String {
        self == "\\\"" ? "\"" : String(self)
    }
}
