import Foundation
import Testing

@testable import SwarmSecurity

@Suite struct SealTests {
    private let key = DataKey()
    private let value = Data("correct horse battery staple".utf8)

    @Test func aSealedValueOpensUnderItsOwnKeyOnly() throws {
        let seal = Seal(key: key)
        let sealed = try seal.seal(value, storeKey: "/secrets/a")
        #expect(sealed.count == value.count + Seal.overhead)
        #expect(sealed.range(of: value) == nil)
        #expect(try seal.open(sealed, storeKey: "/secrets/a") == value)
        #expect(refusal { try seal.open(sealed, storeKey: "/secrets/b") } == .tamperedSeal)
    }

    @Test func theSameValueSealsDifferentlyEveryTime() throws {
        let seal = Seal(key: key)
        let all = try Set((0..<100).map { _ in try seal.seal(value, storeKey: "k") })
        #expect(all.count == 100)
    }

    @Test func anEmptyValueIsAValue() throws {
        let seal = Seal(key: key)
        #expect(try seal.open(seal.seal(Data(), storeKey: "k"), storeKey: "k").isEmpty)
    }

    @Test func everyChangedBitIsNoticed() throws {
        let seal = Seal(key: key)
        let sealed = try seal.seal(value, storeKey: "k")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1 << (index % 8)
            #expect(refusal { try seal.open(changed, storeKey: "k") } != nil)
        }
        for length in 0..<sealed.count {
            #expect(refusal { try seal.open(sealed.prefix(length), storeKey: "k") } != nil)
        }
        #expect(refusal { try seal.open(sealed + [0], storeKey: "k") } == .tamperedSeal)
    }

    @Test func rotationOpensOldValuesAndSealsWithTheNewKey() throws {
        let old = Seal(key: key)
        let sealedBefore = try old.seal(value, storeKey: "k")
        let newKey = DataKey()
        let rotating = Seal(key: newKey, older: [key])
        #expect(try rotating.open(sealedBefore, storeKey: "k") == value)
        #expect(rotating.isStale(sealedBefore))
        let sealedAfter = try rotating.seal(value, storeKey: "k")
        #expect(!rotating.isStale(sealedAfter))
        #expect(try Seal(key: newKey).open(sealedAfter, storeKey: "k") == value)
        #expect(refusal { try Seal(key: newKey).open(sealedBefore, storeKey: "k") } == .unknownSealKey)
    }

    @Test func theErrorNamesTheMissingKeyAndTheStoreKey() throws {
        let sealed = try Seal(key: key).seal(value, storeKey: "/secrets/a")
        do {
            _ = try Seal(key: DataKey()).open(sealed, storeKey: "/secrets/a")
            Issue.record("another key opened it")
        } catch let error as SecurityError {
            #expect(error.message.contains("/secrets/a"))
            #expect(error.message.contains("\(key)".dropFirst("DataKey(".count).dropLast()))
        }
    }

    @Test func dataKeysAre32BytesAndDoNotShowInLogs() throws {
        #expect(key.bytes.count == 32)
        #expect(DataKey(bytes: key.bytes) == key)
        #expect(DataKey(bytes: key.bytes.dropLast()) == nil)
        #expect(DataKey() != DataKey())
        #expect(!"\(key)".contains(key.bytes.prefix(4).map { String(format: "%02x", $0) }.joined()))
    }
}
