import NIOCore
import SwarmModel
import Synchronization
import Testing

@testable import NameService

/// Names that others know.
@Suite(.timeLimit(.minutes(1)))
struct ForwardingTests {
    private static func forwarding(to servers: [SocketAddress]) -> FixedNames { FixedNames { _, _ in .forward(servers) } }

    /// Fast enough for tests, and slow enough for a busy machine.
    private static func quick(_ limits: inout NameServerLimits) {
        limits.tryTime = .milliseconds(150)
        limits.forwardTime = .milliseconds(800)
    }

    @Test(arguments: [Transport.datagram, .stream])
    func othersAreAskedTheSameWayAndTheirAnswerIsPassedOn(_ transport: Transport) async throws {
        let upstream = try await Upstream { [Upstream.reply($0)] }
        try await ServerBed.with(Self.forwarding(to: [upstream.address])) { bed in
            var ids: Set<UInt16> = []
            var ports: Set<Int?> = []
            for _ in 0..<8 {
                let answer = try #require(await bed.ask("Example.ORG", by: transport, payload: 65000))
                #expect(answer.id == 0x4711)
                #expect(answer.answers.map(\.data) == [.a(IPv4Address(0xC000_0200))])
                #expect(answer.questions.first?.name.wire == DomainName("Example.ORG")?.wire)
            }
            for asked in upstream.asked {
                #expect(asked.transport == transport)
                #expect(asked.message.questions.first?.name.key == "example.org")
                #expect(asked.message.extensions?.payload == 4096)
                ids.insert(asked.message.id)
                ports.insert(asked.from?.port)
            }
            // Nobody else can guess what the answer must look like.
            #expect(upstream.asked.count == 8)
            #expect(ids.count > 6 && ports.count > 4)
        }
        await upstream.stop()
    }

    @Test(arguments: [ResponseCode.serverFailure, .refused, .notImplemented])
    func whoCannotAnswerIsFollowedByTheNext(_ code: ResponseCode) async throws {
        let bad = try await Upstream { [Upstream.reply($0, code)] }
        let good = try await Upstream { [Upstream.reply($0)] }
        try await ServerBed.with(Self.forwarding(to: [bad.address, good.address])) { bed in
            let answer = try await bed.ask("example.org")
            #expect(answer?.flags.code == .noError)
            let stream = try await bed.ask("example.org", by: .stream)
            #expect(stream?.flags.code == .noError)
        }
        #expect(bad.asked.count == 2)
        await bad.stop()
        await good.stop()
    }

    @Test func thatThereIsNoSuchNameIsAnAnswer() async throws {
        let first = try await Upstream { [Upstream.reply($0, .nameError, addresses: 0)] }
        let second = try await Upstream { [Upstream.reply($0)] }
        try await ServerBed.with(Self.forwarding(to: [first.address, second.address])) { bed in
            let answer = try await bed.ask("example.org")
            #expect(answer?.flags.code == .nameError)
        }
        #expect(second.asked.isEmpty)
        await first.stop()
        await second.stop()
    }

    @Test(arguments: [Transport.datagram, .stream])
    func whoIsSilentOrNotThereIsFollowedByTheNext(_ transport: Transport) async throws {
        let silent = try await Upstream { _ in [] }
        let gone = try await Upstream { _ in [] }
        await gone.stop()
        let good = try await Upstream { [Upstream.reply($0)] }
        try await ServerBed.with(Self.forwarding(to: [silent.address, gone.address, good.address]), Self.quick) { bed in
            let answer = try await bed.ask("example.org", by: transport)
            #expect(answer?.answers.count == 1)
        }
        await silent.stop()
        await good.stop()
    }

    @Test(arguments: [Transport.datagram, .stream])
    func whereNobodyAnswersThatIsSaid(_ transport: Transport) async throws {
        let silent = try await Upstream { _ in [] }
        let gone = try await Upstream { _ in [] }
        await gone.stop()
        try await ServerBed.with(Self.forwarding(to: [silent.address, gone.address]), Self.quick) { bed in
            let answer = try #require(await bed.ask("example.org", by: transport))
            #expect(answer.flags.code == .serverFailure)
            #expect(answer.questions.count == 1)
        }
        await silent.stop()
    }

    @Test func anOnlyServerIsAskedTwiceSinceDatagramsGetLost() async throws {
        let isFirst = Atomic(true)
        let upstream = try await Upstream { asked in
            isFirst.exchange(false, ordering: .relaxed) ? [] : [Upstream.reply(asked)]
        }
        try await ServerBed.with(Self.forwarding(to: [upstream.address]), Self.quick) { bed in
            let answer = try await bed.ask("example.org")
            #expect(answer?.answers.count == 1)
        }
        #expect(upstream.asked.count == 2)
        await upstream.stop()
    }

    @Test func whatIsNoAnswerToTheQuestionIsPassedOver() async throws {
        let upstream = try await Upstream { asked in
            var wrongID = Upstream.reply(asked)
            wrongID.setInteger(asked.message.id &+ 1, at: 0)
            var question = Upstream.reply(asked)
            question.setInteger(UInt16(0x0141), at: 12)
            var notAnAnswer = Upstream.reply(asked)
            notAnAnswer.setInteger(UInt16(0), at: 2)
            return [wrongID, question, notAnAnswer, ByteBuffer(bytes: [1, 2, 3]), Upstream.reply(asked, addresses: 2)]
        }
        try await ServerBed.with(Self.forwarding(to: [upstream.address])) { bed in
            let answer = try await bed.ask("x.example.org")
            #expect(answer?.answers.count == 2)
        }
        await upstream.stop()
    }

    @Test func whatAnotherAddressSendsIsNoAnswer() async throws {
        let silent = try await Upstream { _ in [] }
        let limits: (inout NameServerLimits) -> Void = { $0.forwardTime = .seconds(1) }
        try await ServerBed.with(Self.forwarding(to: [silent.address]), limits) { bed in
            async let answer = bed.ask("example.org")
            var asked: Upstream.Asked?
            for _ in 0..<5000 where asked == nil {
                asked = silent.asked.first
                try await Task.sleep(for: .milliseconds(2))
            }
            let question = try #require(asked)
            let port = try #require(question.from?.port)
            // It knows the ID and the port, and is not the server.
            try await blocking {
                let forger = try Client(.datagram, from: "127.0.0.66", to: "127.0.0.1", port: port)
                let reply = Upstream.reply(question)
                try? forger.send(Array(reply.readableBytesView))
            }
            #expect(try await answer?.flags.code == .serverFailure)
        }
        await silent.stop()
    }

    @Test func anAnswerThatDoesNotFitIsAskedForAgainByTCP() async throws {
        let upstream = try await Upstream { [Upstream.reply($0, addresses: 100)] }
        try await ServerBed.with(Self.forwarding(to: [upstream.address])) { bed in
            let short = try #require(await bed.ask("example.org"))
            #expect(short.flags.isTruncated && short.answers.isEmpty && short.id == 0x4711)
            #expect(try await bed.ask("example.org", payload: 4096)?.answers.count == 100)
            #expect(try await bed.ask("example.org", by: .stream)?.answers.count == 100)
        }
        await upstream.stop()
    }

    @Test func oneAskerHasSoManyQuestionsUnderwayAndLeavesRoomForOthers() async throws {
        let upstream = try await Upstream { asked in
            asked.message.questions.first?.name.key == "slow" ? [] : [Upstream.reply(asked)]
        }
        let limits: (inout NameServerLimits) -> Void = {
            $0.forwardedPerAsker = 3
            $0.forwardTime = .milliseconds(1500)
        }
        try await ServerBed.with(Self.forwarding(to: [upstream.address]), limits) { bed in
            let codes = try await blocking {
                let client = try bed.client()
                for id in 1...3 { try client.send(Array(Client.query("slow", id: UInt16(id)).encode().readableBytesView)) }
                let fourth = try client.ask("fast", id: 4)
                let other = try bed.client(from: "127.0.0.9").ask("fast")
                // When the three have been given up, there is room again.
                var given: Set<UInt16?> = []
                for _ in 1...3 { given.insert(try client.receive().map { try Message(reading: $0).id }) }
                #expect(given == [1, 2, 3])
                return [fourth?.flags.code, other?.flags.code, try client.ask("fast")?.flags.code]
            }
            #expect(codes == [.serverFailure, .noError, .noError])
        }
        await upstream.stop()
    }
}
