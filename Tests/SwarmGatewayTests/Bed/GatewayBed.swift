import Foundation
import Logging

@testable import SwarmGateway

/// A gateway between a client and a fake engine, for the time of a test.
struct GatewayBed: Sendable {
    let folder: String
    let engine: FakeEngine
    let backend: FakeBackend
    let port: Int?

    var socket: String { folder + "/docker.sock" }

    func connect() throws -> StreamSocket { try StreamSocket(connecting: socket) }

    static func with<T: Sendable>(
        engine script: @escaping FakeEngine.Script = FakeEngine.ordinary, endpoint: TLSEndpoint? = nil,
        limits: GatewayLimits = GatewayLimits(),
        _ body: @Sendable (GatewayBed) async throws -> T
    ) async throws -> T {
        let folder = "/tmp/gateway-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = try FakeEngine(path: folder + "/engine.sock", script: script)
        defer { engine.stop() }
        let backend = FakeBackend()
        let configuration = GatewayConfiguration(
            dockerSocket: folder + "/docker.sock", engineSocket: folder + "/engine.sock", endpoint: endpoint)
        var gateway = Gateway(configuration, backend: backend, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        gateway.limits = limits
        let serving = gateway
        let (ready, continuation) = AsyncThrowingStream<Int?, any Error>.makeStream()
        let running = Task {
            do { try await serving.run { continuation.yield($0) } } catch { continuation.finish(throwing: error) }
        }
        let result: Result<T, any Error>
        do {
            var ports = ready.makeAsyncIterator()
            let port = try await ports.next() ?? nil
            result = .success(try await body(GatewayBed(folder: folder, engine: engine, backend: backend, port: port)))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        await running.value
        return try result.get()
    }
}
