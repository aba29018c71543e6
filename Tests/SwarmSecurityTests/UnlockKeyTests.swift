import Foundation
import Testing

@testable import SwarmSecurity

@Suite struct UnlockKeyTests {
    @Test func aKeyHasDockersForm() throws {
        let key = try UnlockKey(parsing: "SWMKEY-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(key.text == "SWMKEY-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        let random = UnlockKey()
        #expect(random.text.utf8.count == 9 + 43)
        #expect(try UnlockKey(parsing: random.text) == random)
        #expect(try UnlockKey(parsing: " \(random.text)\r\n") == random)
        #expect(!"\(random)".contains(random.text.dropFirst(9)))
    }

    @Test(arguments: [
        "", " ", "SWMKEY-1-", "SWMKEY-2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "SWMKEY-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "SWMKEY-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",
        "SWMKEY-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh", "SWMKEY-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH!8",
        "SWMKEY-1-é", "swmkey-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ])
    func anythingElseIsRefusedWithDockersText(_ text: String) {
        #expect(throws: SecurityError(.malformedUnlockKey, "invalid key string")) { try UnlockKey(parsing: text) }
    }

    @Test func onlyTheSameKeyUnwrapsAndOnlyForTheSamePurpose() throws {
        let key = UnlockKey()
        let secret = DataKey().bytes
        let wrapped = try key.wrap(secret, purpose: "data-key")
        #expect(try key.unwrap(wrapped, purpose: "data-key") == secret)
        #expect(refusal { try key.unwrap(wrapped, purpose: "node-key") } == .tamperedSeal)
        #expect(throws: SecurityError(.wrongUnlockKey, "swarm could not be unlocked: invalid key provided")) {
            try UnlockKey().unwrap(wrapped, purpose: "data-key")
        }
        #expect(refusal { try key.unwrap(wrapped.dropLast(20), purpose: "data-key") } != nil)
    }
}
