import DockerAPI
import Foundation
import SwarmModel
import Synchronization
import Testing

@testable import SwarmGateway

/// What clients get of the output of tasks.
@Suite(.timeLimit(.minutes(2)))
struct LogTests {
    private static func line(_ text: String, isError: Bool = false, nanoseconds: Int64 = 1_700_000_000_120_000_000) -> LogLine {
        LogLine(
            taskID: "t1", serviceID: "s1", nodeID: "n1", isError: isError, time: Timestamp(nanoseconds: nanoseconds),
            text: Array(text.utf8))
    }

    private static func stream(_ lines: [LogLine], error: (any Error)? = nil) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { continuation in
            for line in lines { continuation.yield(line) }
            continuation.finish(throwing: error)
        }
    }

    private static func bed<T: Sendable>(
        tty: Bool = false, _ lines: AsyncThrowingStream<LogLine, any Error>,
        _ body: @Sendable (GatewayBed) async throws -> T
    ) async throws -> T {
        try await GatewayBed.with { bed in
            let template = TaskSpec(container: ContainerSpec(image: "x", tty: tty ? true : nil))
            await bed.backend.set(services: [SwarmService(id: "s1", spec: ServiceSpec(name: "web", taskTemplate: template))])
            await bed.backend.set(tasks: [SwarmTask(id: "t1", spec: template)])
            await bed.backend.set(logs: lines)
            return try await body(bed)
        }
    }

    private static func ask(
        _ target: String, tty: Bool = false, _ lines: [LogLine] = [], error: (any Error)? = nil
    ) async throws -> (answer: StreamSocket.Message, calls: [String]) {
        try await bed(tty: tty, stream(lines, error: error)) { bed in
            let box = Mutex<StreamSocket.Message?>(nil)
            try await blocking {
                let answer = try bed.connect().ask("GET", target)
                box.withLock { $0 = answer }
            }
            return (try #require(box.withLock { $0 }), await bed.backend.calls)
        }
    }

    private static func frame(_ text: String, _ stream: Character) -> String {
        let count = text.utf8.count
        return
            "\(stream)\0\0\0\0\0\(Character(UnicodeScalar(UInt8(count >> 8))))\(Character(UnicodeScalar(UInt8(count & 255))))\(text)"
    }

    @Test func linesComeInFramesOfTheirStreams() async throws {
        let both = [Self.line("out\n"), Self.line("err\n", isError: true)]
        let (answer, calls) = try await Self.ask("/v1.45/services/web/logs?stdout=1&stderr=1&tail=5", both)
        #expect(answer.status == 200)
        #expect(answer.fields["content-type"] == "application/vnd.docker.multiplexed-stream")
        #expect(answer.fields["transfer-encoding"] == "chunked")
        #expect(answer.content == Self.frame("out\n", "\u{1}") + Self.frame("err\n", "\u{2}"))
        #expect(calls == ["service web false", #"logs service("s1") false true true 5"#])
    }

    @Test func onlyWhatIsAskedForComes() async throws {
        let both = [Self.line("out\n"), Self.line("err\n", isError: true)]
        let (answer, calls) = try await Self.ask("/v1.41/tasks/t1/logs?stderr=true&follow=1&tail=all", both)
        // Clients before 1.42 know no other name, though the frames are there.
        #expect(answer.fields["content-type"] == "application/vnd.docker.raw-stream")
        #expect(answer.content == Self.frame("err\n", "\u{2}"))
        #expect(calls == ["task t1", #"logs task("t1") true false true -1"#])
    }

    @Test func aTerminalsOutputComesAsItIs() async throws {
        let (answer, _) = try await Self.ask("/services/web/logs?stdout=1", tty: true, [Self.line("a\r\n"), Self.line("b")])
        #expect(answer.fields["content-type"] == "application/vnd.docker.raw-stream")
        #expect(answer.content == "a\r\nb")
    }

    @Test func timeAndOriginStandBeforeALineWhereTheyAreAskedFor() async throws {
        let lines = [Self.line("x\n"), Self.line("y\n", nanoseconds: 1_700_000_000_000_000_000)]
        let (answer, _) = try await Self.ask("/services/web/logs?stdout=1&timestamps=1&details=1", tty: true, lines)
        let origin = "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1"
        #expect(
            answer.content == "2023-11-14T22:13:20.120000000Z \(origin) x\n2023-11-14T22:13:20.000000000Z \(origin) y\n")
    }

    @Test func whatEndsTheLogsEarlyIsSaidInThem() async throws {
        let (answer, _) = try await Self.ask(
            "/services/web/logs?stdout=1", tty: true, [Self.line("x\n")], error: APIError(500, "node n1 is not available"))
        #expect(answer.content == "x\nError grabbing logs: node n1 is not available\n")
    }

    @Test(
        arguments: [
            ("/services/web/logs", 400, "must specify at least one of 'stdout' or 'stderr'"),
            ("/services/web/logs?stdout=0&stderr=false", 400, "must specify at least one of 'stdout' or 'stderr'"),
            ("/services/web/logs?stdout=1&tail=x", 400, "tail value must be a positive integer or \"all\""),
            ("/services/web/logs?stdout=1&tail=-1", 400, "negative tail values not supported"),
            (
                "/services/web/logs?stdout=1&since=x", 400,
                "invalid value for \"since\": strconv.ParseInt: parsing \"x\": invalid syntax"
            ),
            ("/services/nope/logs?stdout=1", 404, "service nope not found"),
            ("/tasks/nope/logs?stdout=1", 404, "task nope not found"),
        ])
    func whatIsWrongIsSaidBeforeTheStreamBegins(target: String, status: Int, text: String) async throws {
        let (answer, _) = try await Self.ask(target)
        #expect(answer.status == status)
        #expect(try JSONDecoder().decode([String: String].self, from: Data(answer.content.utf8)) == ["message": text])
    }

    @Test func theNextRequestMayFollow() async throws {
        try await Self.bed(Self.stream([Self.line("x\n")])) { bed in
            try await blocking {
                let client = try bed.connect()
                #expect(try client.ask("GET", "/services/web/logs?stdout=1")?.status == 200)
                #expect(try client.ask("GET", "/nodes")?.status == 200)
                // A client of HTTP/1.0 reads to the end of the connection.
                try client.send("GET /services/web/logs?stdout=1 HTTP/1.0\r\nHost: a\r\n\r\n")
                let last = try #require(try client.receiveMessage(answering: "GET"))
                #expect(last.status == 200 && last.fields["transfer-encoding"] == nil)
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func aReaderThatGoesEndsTheLogs() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        let (lines, writer) = AsyncThrowingStream<LogLine, any Error>.makeStream()
        writer.onTermination = { _ in end.yield() }
        writer.yield(Self.line("x\n"))
        try await Self.bed(lines) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("GET /services/web/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.receive(through: "x\n")
                client.closeBoth()
            }
            var seen = ended.makeAsyncIterator()
            await seen.next()
        }
    }

    @Test func aSlowReaderHoldsUpTheLogsAndNotTheMemory() async throws {
        let taken = Mutex(0)
        let text = String(repeating: "x", count: 64 << 10)
        let lines = AsyncThrowingStream<LogLine, any Error> {
            let count = taken.withLock { taken in
                taken += 1
                return taken
            }
            return count > 1000 ? nil : Self.line(text)
        }
        try await Self.bed(lines) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("GET /services/web/logs?stdout=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.receive(through: "\r\n\r\n")
                // Until nothing more is taken: what is on its way fits into the system's buffers.
                var before = -1
                while case let now = taken.withLock({ $0 }), now != before {
                    before = now
                    Thread.sleep(forTimeInterval: 0.2)
                }
                #expect(before < 500)
                var received = 0
                while let size = try client.receive(through: "\r\n").flatMap({ Int($0.dropLast(1), radix: 16) }), size > 0 {
                    received += try client.receive(count: size).utf8.count
                    _ = try client.receive(through: "\r\n")
                }
                #expect(received == 1000 * (text.utf8.count + 8))
            }
        }
    }
}
