import FoundationEssentials

/// Why a text is no JSON. The words are close to those of Go's `encoding/json`, which show up in `ls`.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    public let description: String
    /// How many bytes into the text the trouble is.
    public let offset: Int
}

extension Value {
    /// Reads JSON, keeping the order of members and telling whole numbers from others.
    /// - Throws: `JSONError`.
    public init(json: Data) throws(JSONError) {
        var reader = JSONReader(bytes: [UInt8](json))
        self = try reader.document()
    }

    /// Reads JSON, keeping the order of members and telling whole numbers from others.
    /// - Throws: `JSONError`.
    public init(json: String) throws(JSONError) {
        try self.init(json: Data(json.utf8))
    }
}

/// A JSON parser (RFC 8259). Foundation's forgets the order of members, which `inspect` shows.
struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0
    /// Go's bound is 10000; the stack of a Swift thread is smaller.
    private static let deepest = 200

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(JSONError) -> Value {
        let value = try value(depth: 0, looking: "beginning of value")
        skipBlanks()
        guard index == bytes.count else { throw invalid("after top-level value") }
        return value
    }

    private mutating func value(depth: Int, looking place: String) throws(JSONError) -> Value {
        guard depth <= Self.deepest else { throw JSONError(description: "exceeded max depth", offset: index) }
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(48...57): return try number()
        default: throw invalid("looking for \(place)")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> Value {
        index += 1
        var members = Members()
        skipBlanks()
        if take("}") { return .object(members) }
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else { throw invalid("looking for beginning of object key string") }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw invalid("after object key") }
            members[key] = try value(depth: depth + 1, looking: "beginning of value")
            skipBlanks()
            if take("}") { return .object(members) }
            guard take(",") else { throw invalid("after object key:value pair") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> Value {
        index += 1
        var items: [Value] = []
        skipBlanks()
        if take("]") { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1, looking: "beginning of value"))
            skipBlanks()
            if take("]") { return .array(items) }
            guard take(",") else { throw invalid("after array element") }
        }
    }

    private mutating func word(_ text: String, _ value: Value) throws(JSONError) -> Value {
        for byte in text.utf8 {
            guard peek == byte else { throw invalid("in literal \(text)") }
            index += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> Value {
        let start = index
        var isWhole = true
        if peek == UInt8(ascii: "-") { index += 1 }
        if !take("0") { try digits("in numeric literal") }
        if take(".") {
            isWhole = false
            try digits("after decimal point in numeric literal")
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits("in exponent of numeric literal")
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, text != "-0", let value = Int(text) { return .int(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSONError(description: "number \(text) is out of range", offset: start)
        }
        return .double(value)
    }

    private mutating func digits(_ place: String) throws(JSONError) {
        guard let first = peek, (48...57).contains(first) else { throw invalid(place) }
        while let byte = peek, (48...57).contains(byte) { index += 1 }
    }

    private mutating func string() throws(JSONError) -> String {
        index += 1
        var result: [UInt8] = []
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += try escape()
            case 0..<32:
                index -= 1
                throw invalid("in string literal")
            default: result.append(byte)
            }
        }
        throw invalid("in string literal")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let byte = peek else { throw invalid("in string escape code") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                let before = index
                index += 2
                let low = try hexadecimal()
                if (0xDC00..<0xE000).contains(low) {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    index = before
                }
            }
            // Half a pair stands for the replacement character, as in Go.
            return [UInt8](String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
        default:
            index -= 1
            throw invalid("in string escape code")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw invalid("in \\u hexadecimal character escape")
            }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 32 || byte == 9 || byte == 10 || byte == 13 { index += 1 }
    }

    private func invalid(_ place: String) -> JSONError {
        guard let byte = peek else { return JSONError(description: "unexpected end of JSON input", offset: index) }
        let shown = byte == UInt8(ascii: "'") ? "\\'" : String(Character(Unicode.Scalar(byte)))
        return JSONError(description: "invalid character '\(shown)' \(place)", offset: index)
    }
}
