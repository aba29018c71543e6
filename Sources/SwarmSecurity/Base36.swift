/// Unsigned big-endian integers written with the digits 0–9 and a–z, as join tokens are.
enum Base36 {
    private static let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)

    /// The digits of the integer in `bytes`, padded on the left with `0` to `width`.
    static func encode(_ bytes: [UInt8], width: Int) -> String {
        var number = bytes
        var reversed: [UInt8] = []
        while number.contains(where: { $0 != 0 }) {
            var remainder = 0
            for index in number.indices {
                let value = remainder << 8 | Int(number[index])
                number[index] = UInt8(value / 36)
                remainder = value % 36
            }
            reversed.append(digits[remainder])
        }
        reversed += Array(repeating: digits[0], count: max(0, width - reversed.count))
        return String(decoding: reversed.reversed(), as: UTF8.self)
    }

    /// The integer that `text` names as `byteCount` bytes; `nil` for any other character, and if it does not fit.
    static func decode(_ text: some StringProtocol, byteCount: Int) -> [UInt8]? {
        var number = [UInt8](repeating: 0, count: byteCount)
        for character in text.utf8 {
            guard let digit = digits.firstIndex(of: character) else { return nil }
            var carry = digit
            for index in number.indices.reversed() {
                let value = Int(number[index]) * 36 + carry
                number[index] = UInt8(truncatingIfNeeded: value)
                carry = value >> 8
            }
            guard carry == 0 else { return nil }
        }
        return number
    }
}
