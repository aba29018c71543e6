import NIOCore
import SeededRandom
import SwarmModel
import Testing

@testable import NameService

/// Whatever comes, it is a message or it is none.
@Suite(.timeLimit(.minutes(1)))
struct MessageFuzzTests {
    /// What is read can be written, and read again as the same.
    private static func check(_ bytes: [UInt8]) throws -> Bool {
        guard let message = try? Message(reading: ByteBuffer(bytes: bytes)) else { return false }
        #expect(try Message(reading: message.encode()) == message, "\(bytes)")
        return true
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func anyBytes(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<5000 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Counts that random bytes would seldom bear out.
            for index in bytes.indices where (4..<12).contains(index) { bytes[index] = index % 2 == 0 ? 0 : bytes[index] % 3 }
            _ = try Self.check(bytes)
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func flippedBits(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let name = try #require(DomainName("web.1.abc.net"))
        var message = Message(id: 7, questions: [Question(name, .any)], extensions: .init(payload: 4096))
        message.answers = [
            Record(name, .a(IPv4Address(1)), timeToLive: 0), Record(name, .aaaa(Array(0..<16)), timeToLive: 5),
            Record(name, .ptr(name), timeToLive: 5), Record(.root, .other(RecordType(rawValue: 16), [1, 0x61]), timeToLive: 5),
        ]
        let valid = Array(message.encode().readableBytesView)
        var readable = 0
        for _ in 0..<5000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            if try Self.check(bytes) { readable += 1 }
        }
        // Else nothing was tried.
        #expect(readable > 500)
    }

    /// As many pointers as a message has room for, each to the one before.
    @Test(arguments: [(100, "a"), (8000, nil)] as [(Int, String?)])
    func chainsOfPointersComeToAnEnd(_ count: Int, _ name: String?) throws {
        var bytes: [UInt8] = [0, 1, 0x80, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x61, 0, 0, 99, 0, 1, 0, 0, 0, 0]
        let length = 2 * count
        bytes += [UInt8(length >> 8), UInt8(length & 255)]
        var target = 12
        for _ in 0..<count {
            let here = bytes.count
            bytes += [0xC0 | UInt8(target >> 8), UInt8(target & 255)]
            target = here
        }
        bytes += [0xC0 | UInt8(target >> 8), UInt8(target & 255), 0, 99, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect((try? Message(reading: ByteBuffer(bytes: bytes)))?.answers.last?.name.key == name)
    }
}
