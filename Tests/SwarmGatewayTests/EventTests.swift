import DockerAPI
import Foundation
import Testing

@testable import SwarmGateway

/// `docker events` shows what happens in the engine and in the swarm.
@Suite(.timeLimit(.minutes(2)))
struct EventTests {
    static let event = SwarmEvent(
        kind: "node", action: "update", id: "n1abc", attributes: ["name": "alpha", "role.new": "manager"],
        time: Timestamp(nanoseconds: 1_700_000_000_000_000_005))

    @Test func bothSourcesComeInWholeLines() async throws {
        let (halfway, halfwaySent) = AsyncStream<Void>.makeStream()
        let resume = DispatchSemaphore(value: 0)
        let (gone, engineSawEnd) = AsyncStream<Bool>.makeStream()
        try await GatewayBed.with(engine: { socket in
            guard try socket.receiveMessage() != nil else { return }
            try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n")
            halfwaySent.yield()
            resume.wait()
            try socket.send("4\r\n:1}\n\r\n")
            engineSawEnd.yield(try socket.receive().isEmpty)
        }) { bed in
            let client = try bed.connect()
            try client.send("GET /v1.45/events HTTP/1.1\r\nHost: a\r\n\r\n")
            var started = halfway.makeAsyncIterator()
            await started.next()
            try await blocking { _ = try client.receive(through: "\r\n\r\n") }
            await bed.backend.emit(Self.event)
            try await blocking {
                _ = try client.receive(through: "\r\n")
                let line = try #require(try client.receive(through: "\n"))
                let message = try JSONDecoder().decode(EventMessage.self, from: Data(line.utf8))
                #expect(message.actor.id == "n1abc")
                #expect(message.scope == "swarm")
                #expect(message.time == 1_700_000_000)
                #expect(message.timeNano == 1_700_000_000_000_000_005)
                #expect(try client.receive(through: "\r\n") == "\r\n")
                resume.signal()
                #expect(try client.receive(through: "\n\r\n") == "8\r\n{\"a\":1}\n\r\n")
                client.closeBoth()
            }
            var ended = gone.makeAsyncIterator()
            #expect(await ended.next() == true)
        }
    }

    @Test func aStreamThatTheEngineEndsIsFollowedByMoreRequests() async throws {
        try await GatewayBed.with(engine: { socket in
            while let request = try socket.receiveMessage() {
                if request.target.hasPrefix("/events") {
                    try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n")
                } else {
                    try socket.send(FakeEngine.answer("{}"))
                }
            }
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                #expect(try client.ask("GET", "/events?until=1")?.content == "{}\n")
                #expect(try client.ask("GET", "/x")?.content == "{}")
            }
        }
    }

    @Test(arguments: [
        ("", true), (#"filters={"type":["node"]}"#, true), (#"filters={"type":{"container":true}}"#, false),
        (#"filters={"scope":["swarm"]}"#, true), (#"filters={"scope":["local"]}"#, false),
        (#"filters={"event":["update"]}"#, true),
        (#"filters={"event":["create"]}"#, false), (#"filters={"node":["alpha"]}"#, true), (#"filters={"node":["n1"]}"#, true),
        (#"filters={"node":["beta"]}"#, false), (#"filters={"container":["x"]}"#, false), ("since=1700000000", true),
        ("since=1700000000.000000006", false), ("until=1699999999.5", false), ("until=1700000001", true),
    ])
    func filtersWorkAsTheEngines(query: String, shown: Bool) throws {
        let target = try #require(RequestTarget("/events?" + query))
        #expect(try EventFilter(target).includes(Self.event) == shown)
    }

    @Test func whatWasIsKeptForThoseWhoAsk() async throws {
        let backend = FakeBackend()
        let hub = SwarmEventHub(backend)
        let running = Task { await hub.run() }
        while await backend.listeners == 0 { try await Task.sleep(for: .milliseconds(5)) }
        await backend.emit(Self.event)
        var early = Self.event
        early.time = Timestamp(nanoseconds: 1)
        await backend.emit(early)
        // Both have passed the hub once a listener of its own has seen the second.
        var found: [SwarmEvent] = []
        while found.count < 2 {
            found = []
            let all = await hub.subscribe(since: Timestamp(nanoseconds: 0))
            let reading = Task {
                var events: [SwarmEvent] = []
                for await event in all { events.append(event) }
                return events
            }
            try await Task.sleep(for: .milliseconds(10))
            reading.cancel()
            found = await reading.value
        }
        #expect(found == [Self.event, early])
        var late = await hub.subscribe(since: Timestamp(nanoseconds: 2)).makeAsyncIterator()
        #expect(await late.next() == Self.event)
        running.cancel()
        await running.value
    }
}
