import Logging
import NIOCore
import NIOPosix
import SeededRandom
import SwarmModel
import Testing

@testable import NameService

/// What those who ask get, by UDP and by TCP.
@Suite(.timeLimit(.minutes(1)))
struct NameServerTests {
    /// As many addresses as the name's first label says.
    private static let counting = FixedNames { question, _ in
        let count = question.name.key?.split(separator: ".").first.flatMap { UInt32($0) } ?? 0
        return .records((0..<count).map { Record(question.name, .a(IPv4Address($0)), timeToLive: 2) })
    }

    @Test(arguments: [Transport.datagram, .stream])
    func eachKindOfAnswerHasItsCode(_ transport: Transport) async throws {
        let source = FixedNames { question, asker in
            switch question.name.key {
            case "here": .records([Record(question.name, .a(asker), timeToLive: 2)])
            case "empty": .records([])
            case "gone": .noSuchName
            case "outside": .forward([])
            default: .refused
            }
        }
        try await ServerBed.with(source) { bed in
            let here = try #require(await bed.ask("HeRe", by: transport, from: "127.0.0.7"))
            #expect(here.id == 0x4711)
            #expect(
                here.flags.isResponse && here.flags.isAuthoritative && here.flags.wantsRecursion && here.flags.offersRecursion)
            #expect(here.answers.map(\.data) == [.a(IPv4Address(0x7F00_0007))])
            #expect(here.questions.first?.name.wire == DomainName("HeRe")?.wire)
            #expect(here.extensions == nil)
            let empty = try #require(await bed.ask("empty", .aaaa, by: transport, payload: 1232))
            #expect(empty.flags.code == .noError && empty.answers.isEmpty)
            #expect(empty.extensions?.payload == 4096)
            for (name, code) in [("gone", ResponseCode.nameError), ("outside", .serverFailure), ("other", .refused)] {
                let answer = try #require(await bed.ask(name, by: transport))
                #expect(answer.flags.code == code)
                #expect(answer.answers.isEmpty)
            }
        }
    }

    @Test func whatDoesNotFitIntoADatagramComesByTCP() async throws {
        try await ServerBed.with(Self.counting) { bed in
            let plain = try #require(await bed.ask("200.x"))
            #expect(plain.flags.isTruncated)
            #expect((20..<32).contains(plain.answers.count))
            let larger = try #require(await bed.ask("200.x", payload: 4096))
            #expect(!larger.flags.isTruncated)
            #expect(larger.answers.count == 200)
            // Nobody gets less than 512 bytes, nor more than 4096 by UDP.
            #expect(try await bed.ask("20.x", payload: 5)?.answers.count == 20)
            #expect(try await bed.ask("1000.x", payload: 65535)?.flags.isTruncated == true)
            let whole = try #require(await bed.ask("1000.x", by: .stream))
            #expect(!whole.flags.isTruncated)
            #expect(whole.answers.count == 1000)
        }
    }

    @Test func malformedQuestionsAreAnsweredWithWhyOrNotAtAll() async throws {
        try await ServerBed.with(Self.counting) { bed in
            let codes = try await blocking {
                let client = try bed.client()
                var query = Array(try Client.query("1.x").encode().readableBytesView)
                // Too short for an ID, and an answer: silence.
                try client.send(Array(query[..<11]))
                query[2] |= 0x80
                try client.send(query)
                query[2] &= 0x7F
                var codes: [ResponseCode?] = []
                func receive() throws {
                    codes.append(try client.receive().map { try Message(reading: $0) }?.flags.code)
                }
                // Cut off behind the header.
                try client.send(Array(query[..<14]))
                try receive()
                // Another operation than asking.
                query[2] |= 5 << 3
                try client.send(query)
                try receive()
                // No question, and two.
                var message = try Client.query("1.x")
                message.questions = []
                codes.append(try client.ask(message)?.flags.code)
                message.questions = try Client.query("1.x").questions + Client.query("2.x").questions
                codes.append(try client.ask(message)?.flags.code)
                return codes
            }
            #expect(codes == [.formatError, .notImplemented, .formatError, .formatError])
            // A later version of the extensions: BADVERS.
            let answer = try await blocking {
                var message = try Client.query("1.x", payload: 1232)
                message.extensions?.version = 1
                return try bed.client().ask(message)
            }
            #expect(answer?.extensions?.upperCode == 1)
            #expect(answer?.answers == [])
        }
    }

    @Test(arguments: [Transport.datagram, .stream])
    func noBytesStopIt(_ transport: Transport) async throws {
        try await ServerBed.with(Self.counting) { bed in
            try await blocking {
                var random = SeededRandom(seed: 3)
                let valid = Array(try Client.query("1.x", payload: 1232).encode().readableBytesView)
                for _ in 0..<300 {
                    let client = try bed.client(transport)
                    var bytes = valid
                    if Bool.random(using: &random) {
                        bytes = (0..<Int.random(in: 1...600, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
                        }
                    } else {
                        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    }
                    if Bool.random(using: &random) { try client.send(bytes) } else { try client.sendAsIs(bytes) }
                }
            }
            // Connections of the test itself must have gone before there is room again.
            var answer: Message?
            for _ in 0..<50 where answer == nil { answer = try? await bed.ask("3.x", by: transport) }
            #expect(answer?.answers.count == 3)
        }
    }

    @Test func aConnectionMayAskAgainAndAgain() async throws {
        try await ServerBed.with(Self.counting) { bed in
            try await blocking {
                let client = try bed.client(.stream)
                for count in 1...20 {
                    #expect(try client.ask("\(count).x", id: UInt16(count))?.answers.count == count)
                }
                // Several at once, in one piece and byte by byte.
                var bytes: [UInt8] = []
                for count in 1...3 {
                    let query = try Client.query("\(count).x", id: UInt16(count)).encode()
                    bytes += [0, UInt8(query.readableBytes)] + query.readableBytesView
                }
                try client.sendAsIs(bytes)
                for count in 1...3 {
                    let answer = try #require(try client.receive())
                    let id = try Message(reading: answer).id
                    #expect(id == UInt16(count))
                }
                for byte in bytes { try client.sendAsIs([byte]) }
                // Who has no more to ask still gets the answers.
                client.endSending()
                for count in 1...3 {
                    let answer = try #require(try client.receive())
                    let id = try Message(reading: answer).id
                    #expect(id == UInt16(count))
                }
                #expect(try client.receive() == nil)
            }
        }
    }

    @Test func silentConnectionsAreClosed() async throws {
        try await ServerBed.with(Self.counting, { $0.idleTime = .milliseconds(100) }) { bed in
            try await blocking {
                let client = try bed.client(.stream)
                #expect(try client.ask("1.x") != nil)
                #expect(try client.receive() == nil)
                let half = try bed.client(.stream)
                try half.sendAsIs([0, 30, 1])
                #expect(try half.receive() == nil)
                // Longer than any question.
                let long = try bed.client(.stream)
                try long.sendAsIs([0xFF, 0xFF, 1])
                #expect(try long.receive() == nil)
            }
        }
    }

    @Test func oneAskerHasSoManyConnectionsAndLeavesRoomForOthers() async throws {
        try await ServerBed.with(Self.counting, { $0.connectionsPerAsker = 2 }) { bed in
            try await blocking {
                var clients = try (0..<2).map { _ in try bed.client(.stream) }
                for client in clients { #expect(try client.ask("1.x") != nil) }
                let third = try bed.client(.stream)
                #expect((try? third.ask("1.x")) == .some(nil) || (try? third.receive()) == .some(nil))
                #expect(try bed.client(.stream, from: "127.0.0.9").ask("1.x") != nil)
                clients.removeLast()
                var answer: Message?
                for _ in 0..<100 where answer == nil { answer = try? bed.client(.stream).ask("1.x") }
                #expect(answer != nil)
            }
        }
    }

    @Test func anotherSourceAnswersFromThenOn() async throws {
        try await ServerBed.with(NoNames()) { bed in
            let before = try await bed.ask("1.x")
            #expect(before?.flags.code == .refused)
            bed.server.use(Self.counting)
            let after = try await bed.ask("1.x")
            #expect(after?.flags.code == .noError)
        }
    }

    @Test func addressesComeAndGoWhileItRuns() async throws {
        try await ServerBed.with(Self.counting) { bed in
            let (first, second) = (IPv4Address(0x7F00_0001), IPv4Address(0x7F00_0002))
            // One that this host does not have is no trouble: it may come.
            let absent = IPv4Address(0xC000_0201)
            await bed.server.listen(on: [first, second, absent])
            #expect(await bed.server.failures.isEmpty)
            #expect(await bed.server.port(of: absent) != nil)
            #expect(await bed.server.port(of: first) == bed.port)
            let port = try #require(await bed.server.port(of: second))
            let answer = try await blocking { try Client(.stream, to: "127.0.0.2", port: port).ask("1.x") }
            #expect(answer?.answers.count == 1)
            await bed.server.listen(on: [first])
            #expect(await bed.server.port(of: second) == nil)
            await #expect(throws: (any Error).self) {
                try await blocking { try Client(.stream, to: "127.0.0.2", port: port).ask("1.x") }
            }
            #expect(try await bed.ask("2.x")?.answers.count == 2)
        }
    }

    @Test(arguments: [Transport.datagram, .stream])
    func aPortThatAnotherProgramHasIsTriedAgain(_ transport: Transport) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let other =
            switch transport {
            case .datagram: try await DatagramBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            case .stream: try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            }
        let port = try #require(other.localAddress?.port)
        var limits = NameServerLimits()
        limits.retryTime = .milliseconds(20)
        let server = NameServer(
            on: group.any(), port: port, source: Self.counting, limits: limits,
            logger: Logger(label: "names", factory: { _ in SwiftLogNoOpLogHandler() }))
        let address = IPv4Address(0x7F00_0001)
        await server.listen(on: [address])
        #expect(await server.failures.keys.contains(address))
        try await other.close()
        for _ in 0..<200 {
            if await server.failures.isEmpty { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(await server.failures.isEmpty)
        let answer = try await blocking { try Client(transport, to: "127.0.0.1", port: port).ask("1.x") }
        #expect(answer?.answers.count == 1)
        await server.stop()
        #expect(await server.port(of: address) == nil)
    }
}
