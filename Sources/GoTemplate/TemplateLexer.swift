/// Cuts a template into text and actions, and actions into words.
struct TemplateLexer {
    /// A piece of a template.
    enum Item: Equatable {
        case text(String)
        case action([Token], line: Int)
    }

    struct Token: Equatable {
        enum Kind: Equatable {
            case word(String)
            case field(String)
            case dot
            case variable(String)
            case literal(Value)
            /// `|`, `(`, `)`, `,`, `:=`, `=`.
            case sign(String)
        }

        var kind: Kind
        var place: SourcePlace
        var spaceBefore: Bool
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func items() throws(TemplateError) -> [Item] {
        var items: [Item] = []
        var trimNext = false
        while index < scalars.count {
            var text = takeText()
            if trimNext { text = String(text.drop(while: Self.isBlank)) }
            trimNext = false
            let opens = index < scalars.count
            let trimBefore = opens && at(index + 2) == "-" && Self.isBlank(at(index + 3))
            if trimBefore {
                while let last = text.unicodeScalars.last, Self.isBlank(last) { text.unicodeScalars.removeLast() }
            }
            if !text.isEmpty { items.append(.text(text)) }
            guard opens else { break }
            advance(trimBefore ? 4 : 2)
            if at(index) == "/", at(index + 1) == "*" {
                trimNext = try skipComment()
            } else {
                let start = line
                let (tokens, trims) = try tokens()
                trimNext = trims
                items.append(.action(tokens, line: start))
            }
        }
        return items
    }

    private mutating func takeText() -> String {
        var text = String.UnicodeScalarView()
        while index < scalars.count, !(scalars[index] == "{" && at(index + 1) == "{") {
            text.append(scalars[index])
            advance(1)
        }
        return String(text)
    }

    /// - Returns: whether the comment ends with a trim marker.
    private mutating func skipComment() throws(TemplateError) -> Bool {
        let start = line
        advance(2)
        while index < scalars.count, !(scalars[index] == "*" && at(index + 1) == "/") { advance(1) }
        guard index < scalars.count else { throw TemplateError(parsing: "unclosed comment", line: start) }
        advance(2)
        if let length = closing(spaceBefore: false) {
            advance(length)
            return length > 2
        }
        throw TemplateError(parsing: "comment ends before closing delimiter", line: line)
    }

    /// The length of a closing delimiter that stands here, blanks before a trim marker included.
    private func closing(spaceBefore: Bool) -> Int? {
        if at(index) == "}", at(index + 1) == "}" { return 2 }
        var end = index
        while Self.isBlank(at(end)) { end += 1 }
        guard spaceBefore || end > index, at(end) == "-", at(end + 1) == "}", at(end + 2) == "}" else { return nil }
        return end - index + 3
    }

    private mutating func tokens() throws(TemplateError) -> ([Token], trims: Bool) {
        let start = line
        var tokens: [Token] = []
        var space = false
        while index < scalars.count {
            if let length = closing(spaceBefore: space) {
                advance(length)
                return (tokens, length > 2)
            }
            if Self.isBlank(scalars[index]) {
                advance(1)
                space = true
                continue
            }
            let place = (line, column, index)
            let kind = try token()
            let text = String(String.UnicodeScalarView(scalars[place.2..<index]))
            tokens.append(
                Token(kind: kind, place: SourcePlace(line: place.0, column: place.1, text: text), spaceBefore: space))
            space = false
        }
        throw TemplateError(parsing: "unclosed action", line: start)
    }

    private mutating func token() throws(TemplateError) -> Token.Kind {
        let scalar = scalars[index]
        switch scalar {
        case "|", "(", ")", ",", "=":
            advance(1)
            return .sign(String(scalar))
        case ":":
            guard at(index + 1) == "=" else { throw TemplateError(parsing: "expected :=", line: line) }
            advance(2)
            return .sign(":=")
        case "\"": return .literal(.string(try quoted()))
        case "`": return .literal(.string(try raw()))
        case "'": return .literal(try character())
        case "$":
            advance(1)
            return .variable("$" + name())
        case "." where !Self.isDigit(at(index + 1)):
            advance(1)
            guard Self.isLetter(at(index)) else { return .dot }
            return .field(name())
        case "+", "-", ".", "0"..."9": return .literal(try number())
        default:
            guard Self.isLetter(scalar) else {
                throw TemplateError(parsing: "unexpected \(goQuote(String(Character(scalar)))) in command", line: line)
            }
            let word = name()
            switch word {
            case "true": return .literal(.bool(true))
            case "false": return .literal(.bool(false))
            default: return .word(word)
            }
        }
    }

    private mutating func name() -> String {
        var name = String.UnicodeScalarView()
        while Self.isLetter(at(index)) || Self.isDigit(at(index)) {
            name.append(scalars[index])
            advance(1)
        }
        return String(name)
    }

    private mutating func number() throws(TemplateError) -> Value {
        let start = index
        advance(1)
        while let scalar = at(index),
            Self.isLetter(scalar) || Self.isDigit(scalar) || scalar == "."
                || (scalar == "+" || scalar == "-") && ["e", "E"].contains(scalars[index - 1])
        { advance(1) }
        let text = String(String.UnicodeScalarView(scalars[start..<index]))
        if let value = Self.whole(text) { return .int(value) }
        guard let value = Double(text), value.isFinite, !text.lowercased().contains("n") else {
            throw TemplateError(parsing: "bad number syntax: \(goQuote(text))", line: line)
        }
        return .double(value)
    }

    private static func whole(_ text: String) -> Int? {
        let digits = text.replacing("_", with: "").drop { $0 == "+" || $0 == "-" }
        let sign = text.hasPrefix("-") ? "-" : ""
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.lowercased().hasPrefix(prefix) {
            return Int(sign + digits.dropFirst(2), radix: base)
        }
        guard digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Int(sign + digits, radix: digits.count > 1 && digits.hasPrefix("0") ? 8 : 10)
    }

    private mutating func raw() throws(TemplateError) -> String {
        var text = String.UnicodeScalarView()
        advance(1)
        while let scalar = at(index) {
            advance(1)
            if scalar == "`" { return String(text) }
            text.append(scalar)
        }
        throw TemplateError(parsing: "unterminated raw quoted string", line: line)
    }

    private mutating func quoted() throws(TemplateError) -> String {
        var text = String.UnicodeScalarView()
        advance(1)
        while let scalar = at(index), scalar != "\n" {
            advance(1)
            if scalar == "\"" { return String(text) }
            text.append(scalar == "\\" ? try escape() : scalar)
        }
        throw TemplateError(parsing: "unterminated quoted string", line: line)
    }

    private mutating func character() throws(TemplateError) -> Value {
        advance(1)
        if let scalar = at(index), scalar != "\n", scalar != "'" {
            advance(1)
            let value = scalar == "\\" ? try escape() : scalar
            if at(index) == "'" {
                advance(1)
                return .int(Int(value.value))
            }
        }
        throw TemplateError(parsing: "unterminated character constant", line: line)
    }

    private mutating func escape() throws(TemplateError) -> Unicode.Scalar {
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{0B}", "\\": "\\", "\"": "\"",
            "'": "'",
        ]
        let lengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        guard let scalar = at(index) else { throw TemplateError(parsing: "unterminated quoted string", line: line) }
        advance(1)
        if let value = simple[scalar] { return value }
        if let length = lengths[scalar], index + length <= scalars.count {
            let digits = String(String.UnicodeScalarView(scalars[index..<index + length]))
            if digits.utf8.allSatisfy({ $0 != 43 && $0 != 45 }), let code = UInt32(digits, radix: 16),
                let value = Unicode.Scalar(code)
            {
                advance(length)
                return value
            }
        }
        throw TemplateError(parsing: "invalid syntax", line: line)
    }

    private func at(_ position: Int) -> Unicode.Scalar? {
        position < scalars.count ? scalars[position] : nil
    }

    private mutating func advance(_ count: Int) {
        for scalar in scalars[index..<min(index + count, scalars.count)] {
            if scalar == "\n" {
                line += 1
                column = 0
            } else {
                column += String(Character(scalar)).utf8.count
            }
        }
        index += count
    }

    private static func isBlank(_ scalar: Unicode.Scalar?) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\n"
    }

    private static func isBlank(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy { isBlank($0) }
    }

    private static func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { ("0"..."9").contains($0) } ?? false
    }

    private static func isLetter(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { $0 == "_" || $0.properties.isAlphabetic } ?? false
    }
}
