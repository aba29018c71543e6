/// Go's spellings of booleans and whole numbers, as `strconv` reads them.
enum GoLiteral {
    /// `strconv.ParseBool`: nil when the text is none of its twelve words.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// Why a number was refused.
    enum NumberError: Error {
        case syntax
        case range
    }

    /// `strconv.ParseInt` with base 0: the prefix (`0x`, `0o`, `0b`, `0`) chooses the base; `_` may separate digits after a prefix or digit.
    static func int(_ text: String) throws(NumberError) -> Int {
        var digits = Substring(text)
        var negative = false
        if let sign = digits.first, sign == "-" || sign == "+" {
            negative = sign == "-"
            digits.removeFirst()
        }
        let base = takePrefix(&digits)
        guard let cleaned = withoutSeparators(digits, afterPrefix: base != 10) else { throw .syntax }
        guard cleaned.allSatisfy({ $0.isASCII && ($0.hexDigitValue ?? 99) < base }) else { throw .syntax }
        guard let value = Int((negative ? "-" : "") + cleaned, radix: base) else { throw .range }
        return value
    }

    private static func takePrefix(_ digits: inout Substring) -> Int {
        guard digits.first == "0", digits.count > 1 else { return 10 }
        let bases: [String: Int] = ["0x": 16, "0o": 8, "0b": 2]
        if let base = bases[digits.prefix(2).lowercased()] {
            digits = digits.dropFirst(2)
            return base
        }
        digits = digits.dropFirst()
        return 8
    }

    private static func withoutSeparators(_ digits: Substring, afterPrefix: Bool) -> String? {
        guard !digits.isEmpty, digits.last != "_", !digits.contains("__") else { return nil }
        // Without a prefix Go takes `1_000` only in base 0, which is what flags use; a leading `_` needs a prefix before it.
        if digits.first == "_" && !afterPrefix { return nil }
        return String(digits.filter { $0 != "_" })
    }
}
