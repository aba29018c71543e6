import NIOCore
import SwarmModel
import Testing

@testable import NameService

/// Messages as other programs write and read them.
@Suite struct MessageTests {
    /// What `dig +edns WEB` sends.
    static let question: [UInt8] =
        [0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1, 3, 0x57, 0x45, 0x42, 0, 0, 1, 0, 1]
        + [0, 0, 41, 0x04, 0xD0, 0, 0, 0x80, 0, 0, 0]

    static func read(_ bytes: [UInt8]) throws -> Message { try Message(reading: ByteBuffer(bytes: bytes)) }

    static func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

    @Test func aQuestionIsReadWithWhatTheSenderCanDo() throws {
        let message = try Self.read(Self.question)
        #expect(message.id == 0x1234)
        #expect(message.flags.wantsRecursion && !message.flags.isResponse)
        #expect(message.questions == [Question(try Self.name("web"), .a)])
        #expect(message.extensions == Message.Extensions(payload: 1232, flags: 0x8000))
    }

    @Test func anAnswerPointsToTheNameThatWasAskedForInItsCase() throws {
        let query = try Self.read(Self.question)
        var answer = query.reply(.noError)
        let name = try #require(query.questions.first).name
        answer.answers = [Record(name, .a(IPv4Address(0x0A00_0105)), timeToLive: 2)]
        let expected: [UInt8] =
            [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 1, 3, 0x57, 0x45, 0x42, 0, 0, 1, 0, 1]
            + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 2, 0, 4, 10, 0, 1, 5]
            + [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]
        #expect(Array(answer.encode().readableBytesView) == expected)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let name = try Self.name("web.1.abc.net")
        var message = Message(id: 7, questions: [Question(name, .any)], extensions: .init(payload: 4096))
        message.answers = [
            Record(name, .a(IPv4Address(1)), timeToLive: 0), Record(name, .aaaa(Array(0..<16)), timeToLive: .max),
            Record(try Self.name("other"), .ptr(name), timeToLive: 5),
        ]
        message.authorities = [Record(.root, .other(RecordType(rawValue: 6), [1, 2, 3]), timeToLive: 9)]
        message.additionals = [Record(name, .other(RecordType(rawValue: 16), []), timeToLive: 9)]
        #expect(try Message(reading: message.encode()) == message)
    }

    @Test func namesMayBeWrittenInParts() throws {
        // "a.web", "b" before that, and a pointer to a pointer.
        let bytes: [UInt8] =
            [0, 1, 0x80, 0, 0, 1, 0, 2, 0, 0, 0, 0, 3, 0x77, 0x65, 0x62, 0, 0, 12, 0, 1]
            + [1, 0x61, 0xC0, 12, 0, 12, 0, 1, 0, 0, 0, 0, 0, 4, 1, 0x62, 0xC0, 21]
            + [0xC0, 21, 0, 12, 0, 1, 0, 0, 0, 0, 0, 2, 0xC0, 35]
        let message = try Self.read(bytes)
        #expect(message.answers.map(\.name.key) == ["a.web", "a.web"])
        let names = message.answers.map { record -> String? in
            if case .ptr(let name) = record.data { return name.key }
            return nil
        }
        #expect(names == ["b.a.web", "b.a.web"])
    }

    @Test(
        arguments: [
            // To itself.
            [0xC0, 12],
            // To what comes later.
            [0xC0, 20],
            // Over a label to itself.
            [1, 0x61, 0xC0, 12],
            // Kinds of labels that there are not.
            [0x40, 1], [0x80, 1],
        ] as [[UInt8]])
    func namesThatDoNotEndAreRefused(_ name: [UInt8]) {
        let bytes = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(throws: MessageError.badName) { try Self.read(bytes) }
    }

    @Test func namesHave255BytesAtMost() throws {
        func bytes(_ last: UInt8) -> [UInt8] {
            let label = [63] + [UInt8](repeating: 0x61, count: 63)
            return [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + label + label + label + [last]
                + [UInt8](repeating: 0x61, count: Int(last)) + [0, 0, 1, 0, 1]
        }
        #expect(try Self.read(bytes(61)).questions[0].name.wire.count == 255)
        #expect(throws: MessageError.badName) { try Self.read(bytes(62)) }
        let long = String(repeating: "a", count: 63)
        #expect(DomainName("\(long).\(long).\(long).\(long.dropLast(2))") != nil)
        #expect(DomainName("\(long).\(long).\(long).\(long.dropLast(1))") == nil)
        #expect(DomainName(long + "a") == nil)
        #expect(DomainName("a..b") == nil)
        #expect(DomainName("") == nil)
    }

    @Test func messagesThatAreCutOffAreRefused() throws {
        for end in 0..<Self.question.count {
            #expect(throws: MessageError.truncated) { try Self.read(Array(Self.question[..<end])) }
        }
        // A count for which there is nothing.
        var bytes = Self.question
        bytes[7] = 1
        #expect(throws: MessageError.self) { try Self.read(bytes) }
    }

    @Test func recordsHaveTheirLength() throws {
        func bytes(_ type: UInt8, _ data: [UInt8]) -> [UInt8] {
            [0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(data.count)] + data
        }
        #expect(throws: MessageError.badRecord) { try Self.read(bytes(1, [10, 0, 0])) }
        #expect(throws: MessageError.badRecord) { try Self.read(bytes(1, [10, 0, 0, 1, 2])) }
        #expect(throws: MessageError.badRecord) { try Self.read(bytes(28, [10, 0, 0, 1])) }
        #expect(throws: MessageError.badRecord) { try Self.read(bytes(12, [1, 0x61, 0, 9])) }
        #expect(try Self.read(bytes(99, [9])).answers.map(\.data) == [.other(RecordType(rawValue: 99), [9])])
    }

    @Test func whatTheSenderCanDoIsSaidOnceOnly() {
        var bytes = Self.question + Self.question[21...]
        bytes[11] = 2
        #expect(throws: MessageError.badExtensions) { try Self.read(bytes) }
    }

    @Test func namesDifferByMoreThanCase() throws {
        let name = try Self.name("Web.Net.")
        #expect(name == (try Self.name("wEB.net")))
        #expect(name.hashValue == (try Self.name("wEB.net")).hashValue)
        #expect(name != (try Self.name("webnet")))
        #expect(name.key == "web.net")
        // A dot within a label is no end of it.
        #expect(DomainName(wire: [3, 0x61, 0x2E, 0x62, 0]).key == nil)
    }

    @Test func whatDoesNotFitIsLeftOutAndThatIsSaid() throws {
        let name = try Self.name("tasks.web")
        var message = Message(id: 1, questions: [Question(name, .a)], extensions: .init(payload: 4096))
        message.answers = (0..<100).map { Record(name, .a(IPv4Address($0)), timeToLive: 2) }
        let bytes = message.encode(limit: 512)
        #expect(bytes.readableBytes <= 512)
        let short = try Message(reading: bytes)
        #expect(short.flags.isTruncated)
        #expect(short.answers == Array(message.answers.prefix(29)))
        #expect(short.extensions == message.extensions)
        let whole = try Message(reading: message.encode(limit: 4096))
        #expect(!whole.flags.isTruncated)
    }
}
