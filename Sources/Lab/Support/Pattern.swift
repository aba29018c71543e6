import Foundation

/// A regular expression (ICU syntax); `^` and `$` match at every line, as they do for grep.
public struct Pattern: Sendable, Equatable {
    public let text: String
    private let expression: NSRegularExpression

    /// - Throws: ``PatternError`` when `text` is no regular expression.
    public init(_ text: String) throws {
        self.text = text
        // ICU compiles recursively; nobody types a pattern this long.
        guard text.utf16.count <= 2000 else { throw PatternError(reason: "it is longer than 2000 characters") }
        do {
            expression = try NSRegularExpression(pattern: text, options: [.anchorsMatchLines])
        } catch {
            throw PatternError(reason: Self.reason(of: text))
        }
    }

    /// The first match: its first group if the pattern has one that took part, else all of it.
    public func firstValue(in text: String) -> String? { values(in: text, limit: 1).first }

    public func matches(_ text: String) -> Bool { !values(in: text, limit: 1).isEmpty }

    /// The values of all matches, in order.
    public func values(in text: String, limit: Int = .max) -> [String] {
        var values: [String] = []
        expression.enumerateMatches(in: text, range: NSRange(text.startIndex..., in: text)) { match, _, stop in
            guard let match else { return }
            let group = match.numberOfRanges > 1 && match.range(at: 1).location != NSNotFound ? 1 : 0
            if let range = Range(match.range(at: group), in: text) { values.append(String(text[range])) }
            if values.count >= limit { stop.pointee = true }
        }
        return values
    }

    public static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }

    /// ICU says little about what is wrong; the usual slips can be named.
    private static func reason(of text: String) -> String {
        var depth = 0
        var inSet = false
        var escaped = false
        for character in text {
            if escaped { escaped = false; continue }
            switch character {
            case "\\": escaped = true
            case "[" where !inSet: inSet = true
            case "]": inSet = false
            case "(" where !inSet: depth += 1
            case ")" where !inSet:
                depth -= 1
                if depth < 0 { return "a \")\" closes nothing; write \\) for the character" }
            default: break
            }
        }
        if escaped { return "it ends in a single backslash" }
        if inSet { return "a \"[\" is never closed; write \\[ for the character" }
        if depth > 0 { return "a \"(\" is never closed; write \\( for the character" }
        if let first = text.first, "*+?".contains(first) {
            return "\"\(first)\" repeats nothing; write \\\(first) for the character"
        }
        return "check its brackets, braces and repetitions"
    }
}

/// Why a text is no regular expression.
public struct PatternError: Error, Sendable {
    public let reason: String
}
