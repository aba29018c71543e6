import Foundation

extension Duration {
    /// The duration in seconds.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// For people: `850 ms`, `4.2 s`, `1 min 05 s`.
    public var brief: String {
        let total = seconds
        if total < 1 { return "\(Int((total * 1000).rounded())) ms" }
        if total < 59.95 {
            let text = String(format: "%.1f", total)
            return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " s"
        }
        let whole = Int(total.rounded())
        return whole % 60 == 0 ? "\(whole / 60) min" : String(format: "%d min %02d s", whole / 60, whole % 60)
    }

    /// Reads `500ms`, `10s`, `1.5s`, `2m`, `1h` and sums such as `1m30s`; the units may only get smaller.
    ///
    /// - Returns: nil when `text` is none of these, or longer than a week.
    public init?(lab text: String) {
        let units: [(String, Double)] = [("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)]
        var rest = Substring(text)
        var next = 0
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard digits.first != ".", digits.last != ".", let value = Double(digits),
                let index = units.firstIndex(where: { $0.0 == unit }), index >= next
            else { return nil }
            next = index + 1
            total += value * units[index].1
        }
        guard total <= 7 * 86400 else { return nil }
        self = .milliseconds(Int64((total * 1000).rounded()))
    }
}
