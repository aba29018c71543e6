import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import SwarmGateway

/// Clients that come over the network.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct TLSTests {
    /// Connects as a client with a certificate, or without one.
    private static func connect(_ bed: GatewayBed, certificate: Bool = true) async throws -> Connection {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.authority.utf8)))
        if certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.client.utf8))
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(TestCertificates.clientKey.utf8), format: .pem))
        }
        let context = try NIOSSLContext(configuration: configuration)
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: try #require(bed.port)) { channel in
                Connection.prepare(channel).flatMapThrowing { connection in
                    try channel.pipeline.syncOperations.addHandler(
                        try NIOSSLClientHandler(context: context, serverHostname: nil), position: .first)
                    return connection
                }
            }
    }

    private static func text(_ connection: Connection, atLeast count: Int = .max) async throws -> String {
        var result = ""
        while result.utf8.count < count, let bytes = try await connection.read() { result += String(buffer: bytes) }
        return result
    }

    private static func with(
        engine: @escaping FakeEngine.Script = FakeEngine.ordinary, files: Bool = true,
        _ body: @Sendable (GatewayBed, _ folder: String) async throws -> Void
    ) async throws {
        let folder = "/tmp/tls-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        if files { try write(folder) }
        let endpoint = TLSEndpoint(
            address: "127.0.0.1", port: 0, authority: folder + "/ca.pem", certificate: folder + "/cert.pem",
            key: folder + "/key.pem")
        try await GatewayBed.with(engine: engine, endpoint: endpoint) { try await body($0, folder) }
    }

    private static func write(_ folder: String) throws {
        for (name, text) in [
            ("ca", TestCertificates.authority), ("cert", TestCertificates.server), ("key", TestCertificates.serverKey),
        ] {
            try text.write(toFile: "\(folder)/\(name).pem", atomically: true, encoding: .utf8)
        }
    }

    @Test func aClientWithACertificateIsServed() async throws {
        try await Self.with { bed, _ in
            let client = try await Self.connect(bed)
            try await client.write(ByteBuffer(string: "GET /nodes/beta HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
            let text = try await Self.text(client)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("n2abd"))
            client.close()
        }
    }

    @Test func aClientWithoutACertificateIsRefused() async throws {
        try await Self.with { bed, _ in
            let client = try await Self.connect(bed, certificate: false)
            try? await client.write(ByteBuffer(string: "GET /nodes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
            #expect(try await Self.text(client) == "")
            #expect(await bed.backend.calls.isEmpty)
            client.close()
        }
    }

    @Test func plainHTTPIsToldSo() async throws {
        try await Self.with { bed, _ in
            try await blocking {
                let client = try StreamSocket(connectingTo: try #require(bed.port))
                try client.send("GET /_ping HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(
                    try client.receiveToEnd()
                        == "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
            }
        }
    }

    @Test func filesAreReadWhenTheFirstClientComesAndAgainAfterAChange() async throws {
        try await Self.with(files: false) { bed, folder in
            let early = try await Self.connect(bed)
            #expect(try await Self.text(early) == "")
            early.close()
            try Self.write(folder)
            for replaced in [false, true] {
                if replaced {
                    // An authority that has not signed the client.
                    try TestCertificates.server.write(toFile: folder + "/ca.pem", atomically: true, encoding: .utf8)
                }
                let client = try await Self.connect(bed)
                try? await client.write(ByteBuffer(string: "GET /nodes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                #expect(try await Self.text(client).isEmpty == replaced)
                client.close()
            }
        }
    }

    @Test func eachDirectionIsClosedOnItsOwn() async throws {
        try await Self.with(engine: { socket in
            guard try socket.receiveMessage() != nil else { return }
            try socket.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            let input = try socket.receiveToEnd()
            usleep(50_000)
            try socket.send("got \(input.utf8.count)")
        }) { bed, _ in
            let client = try await Self.connect(bed)
            try await client.write(
                ByteBuffer(string: "POST /exec/x/start HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"))
            #expect(try await client.readHead() != nil)
            try await client.write(ByteBuffer(repeating: 65, count: 3_000_000))
            await client.closeWrite()
            #expect(try await Self.text(client) == "got 3000000")
            client.close()
        }
    }
}
