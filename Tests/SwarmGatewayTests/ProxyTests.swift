import Foundation
import Testing

@testable import SwarmGateway

/// What passes between a client and the engine.
@Suite(.timeLimit(.minutes(2)))
struct ProxyTests {
    @Test func requestsOfBothKindsShareAConnection() async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                let ours = try #require(try client.ask("GET", "/nodes"))
                #expect(ours.status == 200)
                let first = try #require(try client.ask("GET", "/v1.45/containers/json?all=1"))
                #expect(first.content == #"{"line":"GET /v1.45/containers/json?all=1 HTTP/1.1","length":0}"#)
                #expect(try client.ask("POST", "/containers/create", body: "{}")?.content.contains("\"length\":2") == true)
                #expect(try client.ask("GET", "/swarm")?.status == 200)
                #expect(try client.ask("GET", "/images/json")?.status == 200)
            }
            // One to learn the engine's version, one that is kept.
            #expect(bed.engine.connections == 2)
        }
    }

    @Test func answersPassByteForByte() async throws {
        let answer =
            "HTTP/1.1 200 OK\r\nX-Odd:   spaced  \r\ntransfer-encoding: chunked\r\nTrailer: x\r\n\r\n"
            + "5;ext=1\r\nhello\r\n0003\r\nabc\r\n0\r\nX: y\r\n\r\n"
        try await GatewayBed.with(engine: { socket in
            while let request = try socket.receive(through: "\r\n\r\n") {
                #expect(request == "GET /x HTTP/1.1\r\nhost:a\r\nX-Case:  Kept \r\n\r\n")
                for byte in answer.utf8 { try socket.send([byte]) }
            }
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                for _ in 0..<2 {
                    try client.send("GET /x HTTP/1.1\r\nhost:a\r\nX-Case:  Kept \r\n\r\n")
                    #expect(try client.receive(count: answer.utf8.count) == answer)
                }
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                let get = { (path: String) in "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }
                try client.send(get("/a") + get("/nodes") + get("/b"))
                #expect(try client.receiveMessage(answering: "GET")?.content.contains("GET /a ") == true)
                #expect(try client.receiveMessage(answering: "GET")?.content.contains("n1abc") == true)
                #expect(try client.receiveMessage(answering: "GET")?.content.contains("GET /b ") == true)
            }
        }
    }

    @Test func anUpgradedConnectionCarriesBothDirectionsUntilBothAreClosed() async throws {
        try await GatewayBed.with(engine: { socket in
            guard try socket.receiveMessage() != nil else { return }
            try socket.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nready\n")
            // As `cat` in a container: everything comes back once standard input is closed.
            let input = try socket.receiveToEnd()
            try socket.send("got " + input)
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                let head = try #require(
                    try client.ask(
                        "POST", "/containers/x/attach?stream=1",
                        fields: ["Connection: Upgrade", "Upgrade: tcp", "Content-Length: 0"]))
                #expect(head.status == 101)
                #expect(try client.receive(count: 6) == "ready\n")
                try client.send("hi\n")
                try client.send("GET /nodes HTTP/1.1\r\n\r\n")
                client.closeWrite()
                #expect(try client.receiveToEnd() == "got hi\nGET /nodes HTTP/1.1\r\n\r\n")
            }
        }
    }

    @Test func aConnectionThatIsTakenOverWithoutUpgradeIsJoinedToo() async throws {
        try await GatewayBed.with(engine: { socket in
            guard try socket.receiveMessage() != nil else { return }
            try socket.send("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n")
            try socket.send("got " + (try socket.receiveToEnd()))
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("POST /containers/x/attach HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.receive(through: "\r\n\r\n")
                try client.send("typed")
                client.closeWrite()
                #expect(try client.receiveToEnd() == "got typed")
            }
        }
    }

    @Test func aClientIsToldWhenTheEngineEndsAnUpgradedConnection() async throws {
        try await GatewayBed.with(engine: { socket in
            guard try socket.receiveMessage() != nil else { return }
            try socket.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            try socket.send([UInt8](repeating: 65, count: 150_000))
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                _ = try client.ask("POST", "/exec/x/start", fields: ["Connection: Upgrade", "Upgrade: tcp"], body: "{}")
                // Standard input stays open, as with a terminal.
                #expect(try client.receiveToEnd().count == 150_000)
            }
        }
    }

    @Test func theEngineSeesThatAClientHasGone() async throws {
        let (gone, continuation) = AsyncStream<Bool>.makeStream()
        try await GatewayBed.with(engine: { socket in
            guard let request = try socket.receiveMessage() else { return }
            if request.target == "/version" { return }
            try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nlog\r\n")
            continuation.yield(try socket.receive().isEmpty)
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("GET /containers/x/logs?follow=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.receive(through: "log\r\n")
            }
            var iterator = gone.makeAsyncIterator()
            #expect(await iterator.next() == true)
        }
    }

    @Test func aLargeUploadWaitsForASlowEngine() async throws {
        let size = 64 << 20
        let release = DispatchSemaphore(value: 0)
        try await GatewayBed.with(engine: { socket in
            guard let head = try socket.receive(through: "\r\n\r\n") else { return }
            #expect(head.contains("POST /images/load"))
            release.wait()
            var received = 0
            while received < size { received += try socket.receive().count }
            try socket.send(FakeEngine.answer("{\"received\":\(received)}"))
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
                let block = [UInt8](repeating: 1, count: 1 << 16)
                // While the engine does not read, only so much goes as the buffers on the way hold.
                var sent = 0
                var idle = 0
                while idle < 20 {
                    let count = client.sendWithoutWaiting(block)
                    if count > 0 { sent += count } else { usleep(10_000) }
                    idle = count > 0 ? 0 : idle + 1
                }
                #expect(sent < 4 << 20)
                release.signal()
                while sent < size {
                    let part = min(block.count, size - sent)
                    try client.send(Array(block[..<part]))
                    sent += part
                }
                #expect(try client.receiveMessage(answering: "POST")?.content == "{\"received\":\(size)}")
            }
        }
    }

    @Test func anEngineMayRefuseAnUploadEarly() async throws {
        try await GatewayBed.with(engine: { socket in
            guard try socket.receive(through: "\r\n\r\n") != nil else { return }
            try socket.send(FakeEngine.answer("{}", status: "413 Request Entity Too Large", more: "Connection: close\r\n"))
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("POST /build HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nbegin")
                #expect(try client.receiveMessage(answering: "POST")?.status == 413)
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func aClientThatWaitsForAWordGetsTheEngines() async throws {
        try await GatewayBed.with(engine: { socket in
            while try socket.receive(through: "\r\n\r\n") != nil {
                try socket.send("HTTP/1.1 100 Continue\r\n\r\n")
                try socket.send(FakeEngine.answer(try socket.receive(count: 4)))
            }
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                for _ in 0..<2 {
                    try client.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
                    #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                    try client.send("body")
                    #expect(try client.receiveMessage(answering: "POST")?.content == "body")
                }
            }
        }
    }

    @Test func answersWithoutABodyDoNotStopAConnection() async throws {
        try await GatewayBed.with(engine: { socket in
            while let request = try socket.receiveMessage() {
                switch request.target {
                case "/head": try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
                case "/204": try socket.send("HTTP/1.1 204 No Content\r\n\r\n")
                default: try socket.send("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n")
                }
            }
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                #expect(try client.ask("HEAD", "/head")?.status == 200)
                #expect(try client.ask("DELETE", "/204")?.status == 204)
                #expect(try client.ask("GET", "/304")?.status == 304)
                #expect(try client.ask("HEAD", "/head")?.status == 200)
            }
        }
    }

    @Test func anAnswerThatIsCutOffStaysCutOff() async throws {
        try await GatewayBed.with(engine: { socket in
            guard try socket.receiveMessage() != nil else { return }
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.receiveToEnd().hasSuffix("\r\n\r\nhalf"))
            }
        }
    }

    @Test func anEngineThatDoesNotListenIsNamed() async throws {
        try await GatewayBed.with { bed in
            bed.engine.stop()
            try await blocking {
                let client = try bed.connect()
                for _ in 0..<2 {
                    let answer = try #require(try client.ask("GET", "/containers/json"))
                    #expect(answer.status == 503)
                    #expect(answer.content == "{\"message\":\"the engine of this node does not answer\"}\n")
                }
                #expect(try client.ask("GET", "/nodes")?.status == 200)
            }
        }
    }

    @Test func anEngineThatHasStartedAgainIsFoundWithoutAnError() async throws {
        // It closes the connection after each answer without saying so.
        try await GatewayBed.with(engine: { socket in
            guard let request = try socket.receiveMessage() else { return }
            try socket.send(FakeEngine.answer(request.target))
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                for number in 0..<20 { #expect(try client.ask("GET", "/\(number)")?.content == "/\(number)") }
            }
        }
    }
}
