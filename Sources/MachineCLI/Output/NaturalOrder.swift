/// The order in which people expect names: `node2` before `node10`, capitals like small letters.
public enum NaturalOrder {
    /// Whether one name stands before another.
    public static func precedes(_ left: String, _ right: String) -> Bool {
        let (leftRuns, rightRuns) = (runs(left.lowercased()), runs(right.lowercased()))
        for (first, second) in zip(leftRuns, rightRuns) where first != second {
            switch (isNumber(first), isNumber(second)) {
            case (true, true): return numberPrecedes(first, second)
            case (false, false): return first.lexicographicallyPrecedes(second)
            case (let firstIsNumber, _): return firstIsNumber
            }
        }
        if leftRuns.count != rightRuns.count { return leftRuns.count < rightRuns.count }
        return left < right
    }

    private static func runs(_ text: String) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for byte in text.utf8 {
            if let last = result.last, isNumber(last) == isDigit(byte) {
                result[result.count - 1].append(byte)
            } else {
                result.append([byte])
            }
        }
        return result
    }

    /// Numbers of any length: fewer digits first, then digit by digit; of `1` and `01` the shorter one.
    private static func numberPrecedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let first = left.drop { $0 == UInt8(ascii: "0") }
        let second = right.drop { $0 == UInt8(ascii: "0") }
        if first.count != second.count { return first.count < second.count }
        if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
        return left.count < right.count
    }

    private static func isNumber(_ run: [UInt8]) -> Bool {
        run.first.map(isDigit) ?? false
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
