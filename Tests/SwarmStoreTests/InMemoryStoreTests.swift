import FoundationEssentials
import Testing

@testable import SwarmStore

@Suite struct InMemoryStoreTests {
    @Test(arguments: StoreContract.rules) func contract(_ rule: StoreRule) async throws {
        try await within(.seconds(15)) { try await rule.run(on: InMemoryStore()) }
    }

    @Test(arguments: StoreContract.rules) func contractWithSealedValues(_ rule: StoreRule) async throws {
        try await within(.seconds(15)) { try await rule.run(on: SealedStore(InMemoryStore(), sealing: XORSealing())) }
    }

    @Test func sealedValuesAreNotSeenBelow() async throws {
        let below = InMemoryStore()
        let store = SealedStore(below, sealing: XORSealing())
        try await store.put("a", "secret")
        #expect(try await below.read(key: "a")?.value != Data("secret".utf8))
        #expect(try await store.read(key: "a")?.value == Data("secret".utf8))
    }

    @Test func aValueThatDoesNotOpenIsAnErrorAndEndsAWatch() async throws {
        let below = InMemoryStore()
        let store = SealedStore(below, sealing: XORSealing())
        try await below.put("a", "not sealed")
        await #expect(throws: XORSealing.Refused.self) { try await store.read(key: "a") }
        await #expect(throws: XORSealing.Refused.self) {
            for try await _ in store.watch(prefix: "a", after: 1) {}
        }
    }

    @Test func aWatchOfWhatIsForgottenSaysFromWhereOnItIsNot() async throws {
        let store = InMemoryStore(historyLimit: 10)
        for number in 0..<30 { try await store.put("a", "\(number)") }
        await #expect(throws: StoreError.compacted(oldest: 13)) {
            for try await _ in store.watch(prefix: "a", after: 2) {}
        }
        var batches = store.watch(prefix: "a", after: 12).makeAsyncIterator()
        #expect(try await batches.next()?.revision == 13)
    }

    @Test func anObserverThatWaitsForTheStoreBeginsWithASnapshot() async throws {
        let store = InMemoryStore()
        try await store.put("a", "1")
        store.fail(with: .noLeader)
        var observations = store.observe(prefix: "", retryDelay: .milliseconds(1)).makeAsyncIterator()
        store.fail(with: nil)
        guard case .snapshot(let snapshot) = try await observations.next() else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.entries.map(\.key) == ["a"])
    }

    @Test func closingEndsWatchesAndRequests() async throws {
        let store = InMemoryStore()
        let watch = store.watch(prefix: "", after: 1)
        store.close()
        await #expect(throws: StoreError.closed) { for try await _ in watch {} }
        await #expect(throws: StoreError.closed) { try await store.read(prefix: "") }
        await #expect(throws: StoreError.closed) { for try await _ in store.observe(prefix: "") {} }
    }

    @Test func noLeaderHasDockersText() {
        #expect(
            "\(StoreError.noLeader)"
                == "The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of "
                + "the managers are online.")
    }
}

/// Not a cipher, but refuses what it did not seal for that key.
struct XORSealing: ValueSealing {
    struct Refused: Error {}

    func seal(_ value: Data, key: String) -> Data { Data(key.utf8) + Data(value.map { $0 ^ 0x5a }) }

    func open(_ sealed: Data, key: String) throws -> Data {
        guard sealed.starts(with: Data(key.utf8)) else { throw Refused() }
        return Data(sealed.dropFirst(key.utf8.count).map { $0 ^ 0x5a })
    }
}
