import Logging
import NIOPosix
import SwarmModel
import Testing

@testable import NameService

/// What the test says, as the answer to everything.
struct FixedNames: NameSource {
    var answer: @Sendable (Question, IPv4Address) -> NameAnswer

    init(_ answer: @escaping @Sendable (Question, IPv4Address) -> NameAnswer) { self.answer = answer }

    func answer(_ question: Question, from asker: IPv4Address) -> NameAnswer { answer(question, asker) }
}

/// A name server on loopback, at a port of its own.
struct ServerBed: Sendable {
    let server: NameServer
    let port: Int
    static let address = "127.0.0.1"

    static func with(
        _ source: any NameSource, _ change: (inout NameServerLimits) -> Void = { _ in },
        _ body: (ServerBed) async throws -> Void
    ) async throws {
        var limits = NameServerLimits()
        change(&limits)
        let server = NameServer(
            on: MultiThreadedEventLoopGroup.singleton.any(), port: 0, source: source, limits: limits,
            logger: Logger(label: "names", factory: { _ in SwiftLogNoOpLogHandler() }))
        let address = try #require(IPv4Address(Self.address))
        var port: Int?
        // The system's choice for datagrams may be somebody else's for streams: then there is another one.
        for _ in 1...20 where port == nil {
            await server.listen(on: [address])
            port = await server.port(of: address)
        }
        let chosen = try #require(port)
        do {
            try await body(ServerBed(server: server, port: chosen))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    func client(_ transport: Transport = .datagram, from source: String = "127.0.0.1") throws -> Client {
        try Client(transport, from: source, to: Self.address, port: port)
    }

    /// Asks once, on a socket of its own.
    func ask(
        _ name: String, _ type: RecordType = .a, by transport: Transport = .datagram, from source: String = "127.0.0.1",
        payload: UInt16? = nil
    ) async throws -> Message? {
        try await blocking { try client(transport, from: source).ask(name, type, payload: payload) }
    }
}
