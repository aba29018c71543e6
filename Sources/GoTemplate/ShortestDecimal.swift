/// The shortest decimal digits that read back as the same number, and Go's ways of writing them.
struct ShortestDecimal {
    private let isNegative: Bool
    /// Digits without leading or trailing zeros; empty for zero.
    private let digits: [Character]
    /// Where the decimal point stands, counted from the first digit.
    private let point: Int
    private let special: String?

    init(_ value: Double) {
        isNegative = value.sign == .minus && !value.isNaN
        guard value.isFinite else {
            special = value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf"
            digits = []
            point = 0
            return
        }
        special = nil
        // Swift's description has the shortest digits too; only their layout differs.
        let parts = value.magnitude.description.split(separator: "e")
        let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = halves.count == 2 ? halves[1] : ""
        var all = Array(halves[0] + fraction)
        var point = halves[0].count + exponent
        while all.first == "0" {
            all.removeFirst()
            point -= 1
        }
        while all.last == "0" { all.removeLast() }
        self.digits = all
        self.point = all.isEmpty ? 1 : point
    }

    /// `%v`, which is `%g`: with an exponent below 1e-4 and from 1e+06.
    var general: String {
        special ?? (isNegative ? "-" : "") + (point - 1 < -4 || point - 1 >= 6 ? scientific : plain)
    }

    /// As `encoding/json` writes numbers.
    var json: String {
        if special != nil { return "null" }
        return (isNegative ? "-" : "") + (!digits.isEmpty && (point - 1 < -6 || point - 1 >= 21) ? scientific : plain)
    }

    private var plain: String {
        if digits.isEmpty { return "0" }
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + String(digits) }
        if point >= digits.count { return String(digits) + String(repeating: "0", count: point - digits.count) }
        return String(digits[..<point]) + "." + String(digits[point...])
    }

    private var scientific: String {
        let exponent = point - 1
        let tail = digits.count > 1 ? "." + String(digits[1...]) : ""
        let size = String(exponent.magnitude)
        return String(digits.prefix(1)) + tail + "e" + (exponent < 0 ? "-" : "+") + (size.count < 2 ? "0" : "") + size
    }
}
