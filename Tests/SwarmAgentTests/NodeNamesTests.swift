import Foundation
import Logging
import NIOCore
import NIOPosix
import NameService
import SwarmModel
import Testing

@testable import SwarmAgent

/// Names as containers get them, with loopback for a bridge.
@Suite(.timeLimit(.minutes(1)))
struct NodeNamesTests {
    /// What this node serves on 127.0.0.1 for a container that is at 127.0.0.5.
    private static func networks(virtualIP: String) -> NodeNetworks {
        var all = NodeNetworks()
        all.add(network: "front", 1)
        all.networks["front"]?.subnet = "127.0.0.0/8"
        all.networks["front"]?.address = "127.0.0.1/8"
        all.add(network: "mesh", 0, isIngress: true)
        all.add(service: "web", in: "front", virtualIP)
        all.add(task: "t1", of: "web", on: "n1", in: "front", "127.0.0.5")
        return all
    }

    /// Asks from 127.0.0.5, and waits five seconds at most.
    private static func ask(_ name: String, port: Int) async throws -> Message {
        let query = Message(id: 9, questions: [Question(try #require(DomainName(name)), .a)])
        return try await NIOThreadPool.singleton.runIfActive {
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(descriptor) }
            var time = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
            let own = try SocketAddress(ipAddress: "127.0.0.5", port: 0)
            try #require(own.withSockAddr { bind(descriptor, $0, socklen_t($1)) } == 0)
            let server = try SocketAddress(ipAddress: "127.0.0.1", port: port)
            try #require(server.withSockAddr { connect(descriptor, $0, socklen_t($1)) } == 0)
            let bytes = Array(query.encode().readableBytesView)
            try #require(send(descriptor, bytes, bytes.count, 0) == bytes.count)
            var answer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &answer, answer.count, 0)
            try #require(count > 0)
            return try Message(reading: ByteBuffer(bytes: answer[..<count]))
        }
    }

    @Test func whatChangesIsAnsweredAtOnce() async throws {
        let path = "/tmp/resolv-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(path) }
        let server = NameServer(
            on: MultiThreadedEventLoopGroup.singleton.any(), port: 0,
            logger: Logger(label: "names", factory: { _ in SwiftLogNoOpLogHandler() }))
        let names = NodeNames(nodeID: "n1", server: server, path: path)
        let own = IPv4Address(0x7F00_0001)
        var chosen: Int?
        // The system's choice for datagrams may be somebody else's for streams: then there is another one.
        for _ in 1...20 where chosen == nil {
            await names.apply(Self.networks(virtualIP: "127.0.1.1"))
            chosen = await server.port(of: own)
        }
        let port = try #require(chosen)
        // The routing mesh has no names, so nobody listens there.
        #expect(await server.port(of: IPv4Address(0x0A00_0003)) == nil)
        #expect(try await Self.ask("web", port: port).answers.map(\.data) == [.a(IPv4Address(0x7F00_0101))])
        await names.apply(Self.networks(virtualIP: "127.0.1.2"))
        #expect(try await Self.ask("web", port: port).answers.map(\.data) == [.a(IPv4Address(0x7F00_0102))])
        // Nobody to ask, and then somebody: a server that is ourselves is left out.
        #expect(try await Self.ask("example.org", port: port).flags.code == .serverFailure)
        try "nameserver 127.0.0.1\n".write(toFile: path, atomically: false, encoding: .utf8)
        await names.refresh()
        #expect(try await Self.ask("example.org", port: port).flags.code == .serverFailure)
        let running = Task { await names.run() }
        running.cancel()
        await running.value
        #expect(await server.port(of: own) == nil)
    }
}
