import SeededRandom
import SwarmModel
import Testing

@testable import Orchestration

/// Which addresses a network gives out, and when it gives them out again.
@Suite struct AddressPoolTests {
    private func block(_ text: String) throws -> IPv4Block { try #require(IPv4Block(text)) }
    private func address(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }

    @Test func addressesComeInOrderAndLeaveOutWhatIsTaken() throws {
        var pool = AddressPool(try block("10.0.1.0/29"))
        #expect(pool.reserve(try address("10.0.1.1")))
        #expect(pool.reserve(try address("10.0.1.3")))
        #expect(!pool.reserve(try address("10.0.1.3")))
        #expect(!pool.reserve(try address("10.0.2.3")))
        #expect(pool.available == 4)
        let given = (0..<5).map { _ in pool.allocate()?.description }
        #expect(given == ["10.0.1.2", "10.0.1.4", "10.0.1.5", "10.0.1.6", nil])
        pool.release(try address("10.0.1.4"))
        #expect(pool.allocate()?.description == "10.0.1.4")
        #expect(pool.allocate() == nil)
    }

    @Test func anAddressThatHasComeBackIsGivenOutLast() throws {
        var pool = AddressPool(try block("10.0.1.0/29"))
        let given = (pool.allocate(), pool.allocate())
        pool.release(try #require(given.1))
        pool.release(try #require(given.0))
        let next = (0..<6).compactMap { _ in pool.allocate()?.description }
        #expect(next == ["10.0.1.3", "10.0.1.4", "10.0.1.5", "10.0.1.6", "10.0.1.2", "10.0.1.1"])
    }

    @Test func aRangeLimitsWhatIsGivenOutButNotWhatIsAskedFor() throws {
        var pool = AddressPool(try block("10.0.0.0/16"), range: try block("10.0.4.0/30"))
        #expect(pool.reserve(try address("10.0.0.1")))
        #expect((0..<5).compactMap { _ in pool.allocate()?.description } == ["10.0.4.0", "10.0.4.1", "10.0.4.2", "10.0.4.3"])
        // The first and the last address of a subnet are no host's.
        var whole = AddressPool(try block("10.0.4.0/30"), range: try block("10.0.4.0/30"))
        #expect((0..<3).compactMap { _ in whole.allocate()?.description } == ["10.0.4.1", "10.0.4.2"])
    }

    @Test func whoTakesOverGoesOnWhereTheOtherWas() throws {
        var pool = AddressPool(try block("10.0.1.0/29"))
        let last = try address("10.0.1.4")
        pool.reserve(last)
        pool.proceed(after: last)
        let given = (0..<6).compactMap { _ in pool.allocate()?.description }
        #expect(given == ["10.0.1.5", "10.0.1.6", "10.0.1.1", "10.0.1.2", "10.0.1.3"])
    }

    @Test func aLargeSubnetIsUsedUpToItsLastAddress() throws {
        var pool = AddressPool(try block("10.1.0.0/16"))
        var seen: Set<IPv4Address> = []
        while let address = pool.allocate() { seen.insert(address) }
        #expect(seen.count == 65_534 && pool.available == 0)
        #expect(seen.min()?.description == "10.1.0.1" && seen.max()?.description == "10.1.255.254")
        for address in seen.sorted() { pool.release(address) }
        #expect(pool.available == 65_534 && pool.allocate()?.description == "10.1.0.1")
    }

    /// A list of all addresses, searched from one end to the other: slow, and without doubt.
    private struct Model {
        var used: Set<UInt32> = []
        /// Those that can be given out now, the next one first.
        var free: [UInt32]
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func whateverHappensItGivesOutWhatAListWould(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let block = try block("10.0.0.0/\([29, 28, 26, 24].randomElement(using: &random) ?? 28)")
        var pool = AddressPool(block)
        var model = Model(free: Array(block.hosts))
        for step in 0..<600 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let given = pool.allocate()?.number
                #expect(given == model.free.first, "step \(step)")
                if let given {
                    model.used.insert(given)
                    model.free.removeFirst()
                }
            case 5..<9:
                guard let number = model.used.sorted().randomElement(using: &random) else { continue }
                pool.release(IPv4Address(number))
                model.used.remove(number)
                model.free.append(number)
            default:
                let number = UInt32.random(in: block.hosts, using: &random)
                #expect(pool.reserve(IPv4Address(number)) == !model.used.contains(number), "step \(step)")
                model.used.insert(number)
                model.free.removeAll { $0 == number }
            }
            #expect(pool.available == model.free.count, "step \(step)")
        }
    }
}

/// Which subnets networks get that ask for none.
@Suite struct SubnetAllocationTests {
    private func next(_ pools: [String], _ length: Int, _ taken: [String]) -> String? {
        SubnetAllocation.next(
            from: pools.compactMap { IPv4Block($0) }, length: length, avoiding: taken.compactMap { IPv4Block($0) })?.description
    }

    @Test func theLowestThatIsFreeIsTaken() {
        #expect(next(["10.0.0.0/8"], 24, []) == "10.0.0.0/24")
        #expect(next(["10.0.0.0/8"], 24, ["10.0.0.0/24", "10.0.2.0/24"]) == "10.0.1.0/24")
        #expect(next(["10.0.0.0/8"], 24, ["10.0.0.0/16", "10.1.0.7/32"]) == "10.1.1.0/24")
        #expect(next(["10.0.0.0/8"], 16, ["10.0.5.0/24", "10.1.0.0/24", "9.0.0.0/8"]) == "10.2.0.0/16")
    }

    @Test func poolsAreUsedOneAfterTheOtherUntilAllAreFull() {
        #expect(next(["10.0.0.0/24", "172.20.0.0/16"], 24, ["10.0.0.0/24"]) == "172.20.0.0/24")
        #expect(next(["10.0.0.0/25", "172.20.0.0/16"], 24, []) == "172.20.0.0/24")
        #expect(next(["10.0.0.0/23"], 24, ["10.0.0.0/24", "10.0.1.128/25"]) == nil)
        #expect(next(["255.255.255.0/24"], 24, ["255.255.255.0/24"]) == nil)
        #expect(next([], 24, []) == nil)
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func noneOverlapsWithAnotherAndNoneIsLeftOut(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var taken: [IPv4Block] = []
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let length = Int.random(in: 20...32, using: &random)
            taken.append(
                IPv4Block(containing: IPv4Address(0x0a00_0000 + UInt32.random(in: 0..<8192, using: &random)), length: length))
        }
        let pool = try #require(IPv4Block("10.0.0.0/19"))
        let length = Int.random(in: 21...26, using: &random)
        let all = (0..<(1 << (length - 19))).map {
            IPv4Block(containing: IPv4Address(pool.base + UInt32($0) << UInt32(32 - length)), length: length)
        }
        let expected = all.first { candidate in !taken.contains { $0.overlaps(candidate) } }
        #expect(SubnetAllocation.next(from: [pool], length: length, avoiding: taken) == expected)
    }
}
