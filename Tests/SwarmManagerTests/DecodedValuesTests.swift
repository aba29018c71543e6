import FoundationEssentials
import SwarmStore
import Testing

@testable import SwarmManager

/// What is kept of values is never older than what the store says.
@Suite struct DecodedValuesTests {
    private func entry(_ key: String, _ text: String, created: UInt64 = 1, changed: UInt64) -> StoreEntry {
        StoreEntry(key: key, value: Data("\"\(text)\"".utf8), createRevision: created, modRevision: changed)
    }

    @Test func aValueIsDecodedAgainOnlyWhenItHasChanged() throws {
        let values = DecodedValues()
        let first: [String] = try values.decode([entry("a", "one", changed: 1)])
        // The same revision is the same value: this one cannot come from a store.
        let kept: [String] = try values.decode([entry("a", "two", changed: 1)])
        let changed: [String] = try values.decode([entry("a", "two", changed: 2)])
        let anew: [String] = try values.decode([entry("a", "three", created: 3, changed: 3)])
        #expect(first == ["one"] && kept == ["one"] && changed == ["two"] && anew == ["three"])
        let number: [Int]? = try? values.decode([entry("a", "three", created: 3, changed: 3)])
        #expect(number == nil, "another kind is decoded for itself")
    }

    @Test func onlySoManyAreKept() throws {
        let values = DecodedValues(limit: 2)
        for key in ["a", "b", "c"] { let _: [String] = try values.decode([entry(key, "one", changed: 1)]) }
        let first: [String] = try values.decode([entry("a", "two", changed: 1)])
        let last: [String] = try values.decode([entry("c", "two", changed: 1)])
        let many: [String] = try values.decode(["a", "b", "c"].map { entry($0, "three", changed: 1) })
        #expect(first == ["two"] && last == ["one"] && many == ["three", "three", "three"])
    }
}
