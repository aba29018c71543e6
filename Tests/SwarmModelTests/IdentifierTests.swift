import Testing

@testable import SwarmModel

/// Gives the words it was made with, again and again.
private struct Words: RandomNumberGenerator {
    var words: [UInt64]
    var given = 0

    mutating func next() -> UInt64 {
        defer { given += 1 }
        return words[given % words.count]
    }
}

@Suite struct IdentifierTests {
    @Test func anIdentifierIsItsBitsInBase36() {
        var zero = Words(words: [0])
        #expect(Identifier.make(using: &zero) == "0000000000000000000000000")
        var small = Words(words: [0, 36 * 36 + 35])
        #expect(Identifier.make(using: &small) == "000000000000000000000010z")
        // 2^128 - 1 in base 36.
        var largest = Words(words: [.max])
        #expect(Identifier.make(using: &largest) == "f5lxx1zz5pnorynqglhzmsp33")
    }

    @Test func aThousandAreAllDifferentAndValid() {
        var generator = SystemRandomNumberGenerator()
        let all = Set((0..<1000).map { _ in Identifier.make(using: &generator) })
        #expect(all.count == 1000)
        #expect(all.allSatisfy { Identifier.isValid($0) })
    }

    @Test(arguments: ["", "short", "f5lxx1zz5pnorynqglhzmsp3Z", "f5lxx1zz5pnorynqglhzmsp3/", "f5lxx1zz5pnorynqglhzmsp331"])
    func whatIsNoIdentifierIsSeen(text: String) { #expect(!Identifier.isValid(text)) }
}
