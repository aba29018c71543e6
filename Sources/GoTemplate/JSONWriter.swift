extension Value {
    /// Which order the members of objects are written in.
    public enum MemberOrder: Sendable {
        /// As they were given: Go writes a struct so.
        case given
        /// By their bytes: Go writes a map so.
        case sorted
    }

    /// JSON without blanks, as Go's `json.Marshal` writes it: `<`, `>` and `&` escaped.
    public func json(order: MemberOrder = .sorted) -> String {
        var writer = JSONWriter(indent: nil, order: order)
        writer.write(self, level: 0)
        return writer.text
    }

    /// JSON over several lines, as Go's `json.MarshalIndent` writes it with four blanks; no newline at the end.
    public func prettyJSON(order: MemberOrder = .sorted) -> String {
        var writer = JSONWriter(indent: "    ", order: order)
        writer.write(self, level: 0)
        return writer.text
    }
}

struct JSONWriter {
    let indent: String?
    let order: Value.MemberOrder
    private(set) var text = ""

    init(indent: String?, order: Value.MemberOrder) {
        self.indent = indent
        self.order = order
    }

    mutating func write(_ value: Value, level: Int) {
        switch value {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .double(let value): text += ShortestDecimal(value).json
        case .string(let value): text += Self.quote(value)
        case .array(let items):
            list("[", "]", items, level: level) { writer, item in writer.write(item, level: level + 1) }
        case .object(let members):
            let keys = order == .given ? members.keys : members.sortedKeys
            list("{", "}", keys, level: level) { writer, key in
                writer.text += Self.quote(key) + (writer.indent == nil ? ":" : ": ")
                writer.write(members[key] ?? .null, level: level + 1)
            }
        }
    }

    private mutating func list<Item>(
        _ open: String, _ close: String, _ items: [Item], level: Int, _ body: (inout JSONWriter, Item) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            newLine(level + 1)
            body(&self, item)
        }
        if !items.isEmpty { newLine(level) }
        text += close
    }

    private mutating func newLine(_ level: Int) {
        guard let indent else { return }
        text += "\n" + String(repeating: indent, count: level)
    }

    /// A string literal in which nothing can end a script tag or break JavaScript.
    static func quote(_ string: String) -> String {
        var result = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
