/// IDs of swarm objects: 25 digits of base 36, so that nobody has to give them out one by one.
public enum Identifier {
    /// How many characters an ID has.
    public static let length = 25

    /// Makes one from 128 bits of the generator. The first digits of a number that always has the same size are left out, as they
    /// are the same in all.
    public static func make(using generator: inout some RandomNumberGenerator) -> String {
        // 36^25 is about 2^129.2: two words fill 25 digits evenly enough to never meet again.
        var high = generator.next() as UInt64
        var low = generator.next() as UInt64
        var digits = [UInt8](repeating: 0, count: length)
        for index in digits.indices.reversed() {
            let (quotient, remainder) = high.quotientAndRemainder(dividingBy: 36)
            let (rest, digit) = UInt64(36).dividingFullWidth((remainder, low))
            (high, low) = (quotient, rest)
            digits[index] = alphabet[Int(digit)]
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Whether the text could be an ID: what looks like one in a path of the API or in a certificate.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { alphabet.contains($0) }
    }

    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
}
