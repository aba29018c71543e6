import Foundation
import Glibc
import NIOCore
import SeededRandom
import Testing

@testable import SwarmGateway

/// The socket that clients find, and what slow ones may do there.
@Suite(.timeLimit(.minutes(2)))
struct ListenerTests {
    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test func theSocketIsForItsGroupOnlyAndGoesWithTheGateway() async throws {
        let path = try await GatewayBed.with { bed in
            let mode = try #require(Self.mode(bed.socket))
            #expect(mode & S_IFMT == S_IFSOCK)
            #expect(mode & 0o777 == 0o660)
            return bed.socket
        }
        #expect(Self.mode(path) == nil)
    }

    @Test func whatOthersHaveOnThePathDecides() throws {
        let folder = "/tmp/listener-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/s"
        let other = try FakeEngine(path: path) { _ in }
        #expect(throws: IOError.self) { try SocketFile.removeStale(path) }
        other.stop()
        let file = try SocketFile(opening: path)
        try SocketFile.removeStale(path)
        #expect(Self.mode(path) == nil)
        // A file that somebody else put there since is not removed with ours.
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(throws: IOError.self) { try SocketFile.removeStale(path) }
        try FileManager.default.removeItem(atPath: path)
        let next = try FakeEngine(path: path) { _ in }
        defer { next.stop() }
        _ = file
        #expect(Self.mode(path) != nil)
    }

    @Test func aHeadThatDoesNotComeToAnEndIsNotWaitedFor() async throws {
        var limits = GatewayLimits()
        limits.headTime = .milliseconds(50)
        try await GatewayBed.with(limits: limits) { bed in
            try await blocking {
                let client = try bed.connect()
                // An idle client may stay.
                usleep(100_000)
                #expect(try client.ask("GET", "/nodes")?.status == 200)
                usleep(100_000)
                try client.send("GET /nodes HTTP/1.1\r\n")
                #expect(try client.receiveMessage(answering: "GET")?.status == 408)
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func aBodyThatDoesNotComeIsNotWaitedFor() async throws {
        var limits = GatewayLimits()
        limits.bodyTime = .milliseconds(50)
        try await GatewayBed.with(limits: limits) { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("POST /swarm/init HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
                #expect(try client.receiveMessage(answering: "POST")?.status == 408)
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func connectionsAreGoneWhenTheirClientsAre() async throws {
        let (ended, engineSawEnd) = AsyncStream<Void>.makeStream()
        try await GatewayBed.with(engine: { socket in
            guard let request = try socket.receiveMessage() else { return }
            if request.target.hasPrefix("/exec") {
                // A container that says nothing and reads nothing of note.
                try socket.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
                _ = try socket.receiveToEnd()
                engineSawEnd.yield()
                // Stays open until the other side is closed too.
                while send(socket.descriptor, "x", 1, Int32(MSG_NOSIGNAL)) > 0 { usleep(1000) }
                engineSawEnd.yield()
            } else {
                try socket.send(FakeEngine.answer("{}"))
            }
        }) { bed in
            try await blocking {
                let client = try bed.connect()
                _ = try client.ask("POST", "/exec/x/start", fields: ["Connection: Upgrade", "Upgrade: tcp"])
            }
            var iterator = ended.makeAsyncIterator()
            await iterator.next()
            await iterator.next()
        }
    }

    @Test(arguments: 0..<200) func splicedTextIsNeverReadBeyondItsEnd(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var text = Array(#"{"a":{"b":["x\"y",1,{}],"Network":["n"]},"Swarm":{"c":"}"},"Plugins":{"Network":null}}"#.utf8)
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            text[Int.random(in: 0..<text.count, using: &random)] = #"{}[]",:\ x"#.utf8.randomElement(using: &random) ?? 0
        }
        text = Array(text.prefix(Int.random(in: 0...text.count, using: &random)))
        var splice = JSONSplice(text)
        splice.set(["Swarm"], to: "1".utf8)
        splice.set(["Plugins", "Network"], to: "2".utf8)
        splice.set(["a", "new"], to: "3".utf8)
        #expect(splice.text.count + 100 >= text.count)
    }
}
