import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// An engine that keeps containers in memory, and fails as a test tells it to.
actor FakeEngine {
    struct Container: Sendable {
        var id: String
        var name: String
        var configuration: [String: JSON]
        var state = "created"
        var pid = 0
        var exitCode = 0
        var error = ""
        var health: String?
        var starts = 0

        var labels: [String: String] {
            (configuration["Labels"]?.object ?? [:]).compactMapValues(\.string)
        }
    }

    /// What goes wrong with a call, once.
    enum Fault: Sendable {
        case refuse(Int, String)
        /// The connection ends before anything is done.
        case breakBefore
        /// All is done, but nobody hears of it.
        case breakAfter
        case delay(Duration)
    }

    let path: String
    private(set) var containers: [String: Container] = [:]
    var images: Set<String> = ["busybox:latest"]
    /// Images that a registry has.
    var registry: Set<String> = []
    var pullTime: Duration = .zero
    /// What containers of an image do: the code with which they end at once; nil where they run on.
    var exits: [String: Int] = [:]
    private var exitsAreTold = true
    /// What they have written.
    var logs: [String: [UInt8]] = [:]
    /// Networks as they were asked for, by their IDs.
    private(set) var networks: [String: [String: JSON]] = [:]
    private(set) var calls: [String] = []
    private(set) var auths: [String] = []
    private var faults: [String: [Fault]] = [:]
    private var listeners: [Int: AsyncStream<String>.Continuation] = [:]
    private var next = 0
    private var listener: (any Channel)?
    private var serving: [Task<Void, Never>] = []

    init(path: String) { self.path = path }

    // MARK: What tests say

    func fail(_ call: String, _ fault: Fault) { faults[call, default: []].append(fault) }
    func set(images: Set<String>) { self.images = images }
    func set(registry: Set<String>, pullTime: Duration = .zero) {
        self.registry = registry
        self.pullTime = pullTime
    }
    func set(exit code: Int?, of image: String, tells: Bool = true) {
        exits[image] = code
        exitsAreTold = tells
    }
    func set(logs bytes: [UInt8], of task: String) { logs[task] = bytes }
    func count(_ call: String) -> Int { calls.count { $0 == call } }
    func container(of task: String) -> Container? { containers.values.first { $0.labels["com.docker.swarm.task.id"] == task } }

    /// The container ends by itself.
    func end(_ task: String, code: Int, tells: Bool = true) {
        guard let id = container(of: task)?.id else { return }
        finish(id, code: code, tells: tells)
    }

    func set(health: String, of task: String) {
        guard let id = container(of: task)?.id else { return }
        containers[id]?.health = health
        tell("health_status: \(health)", id)
    }

    func vanish(_ task: String) {
        guard let id = container(of: task)?.id else { return }
        finish(id, code: 137, tells: true)
        tell("destroy", id)
        containers[id] = nil
    }

    /// The engine's process ends; containers run on, where they are not told to end.
    func stop(endingContainers: Bool = false) async {
        try? await listener?.close()
        listener = nil
        for task in serving { task.cancel() }
        for task in serving { await task.value }
        serving = []
        for listener in listeners.values { listener.finish() }
        listeners = [:]
        if endingContainers {
            for id in containers.keys where containers[id]?.state == "running" { finish(id, code: 137, tells: false) }
        }
    }

    func start() async throws {
        unlink()
        listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    let client = try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: channel)
                    Task { await self.accept(client) }
                }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    private func accept(_ client: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>) {
        serving.append(Task { _ = try? await self.serve(client) })
        if listener == nil { serving.last?.cancel() }
    }

    private nonisolated func unlink() { try? FileManager.default.removeItem(atPath: path) }

    // MARK: HTTP

    private nonisolated func serve(_ client: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>) async throws {
        try await client.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body = ByteBuffer()
            for try await part in inbound {
                switch part {
                case .head(let new): head = new
                case .body(var bytes): body.writeBuffer(&bytes)
                case .end:
                    guard let head else { return }
                    return try await self.answer(FakeRequest(head, body), outbound)
                }
            }
        }
    }

    private func answer(_ request: FakeRequest, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>) async throws {
        calls.append(request.name)
        var breaks = false
        if var waiting = faults[request.name], !waiting.isEmpty {
            let fault = waiting.removeFirst()
            faults[request.name] = waiting
            switch fault {
            case .refuse(let status, let message): return try await send(status, .object(["message": .string(message)]), outbound)
            case .breakBefore: return
            case .breakAfter: breaks = true
            case .delay(let time): try await Task.sleep(for: time)
            }
        }
        switch request.name {
        case "events": return try await streamEvents(outbound)
        case "pull": return try await pull(request, outbound)
        case "logs": return try await streamLogs(request, outbound)
        default:
            let (status, answer) = carryOut(request)
            if breaks { return }
            try await send(status, answer, outbound)
        }
    }

    private func send(_ status: Int, _ body: JSON, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>) async throws
    {
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))))
        let bytes = ByteBuffer(bytes: try JSONEncoder().encode(body))
        if status != 204 { try await outbound.write(.body(.byteBuffer(bytes))) }
        try await outbound.write(.end(nil))
    }

    private func streamEvents(_ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>) async throws {
        next += 1
        let key = next
        let (stream, continuation) = AsyncStream<String>.makeStream()
        listeners[key] = continuation
        defer { listeners[key] = nil }
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        for await line in stream { try await outbound.write(.body(.byteBuffer(ByteBuffer(string: line + "\n")))) }
        try await outbound.write(.end(nil))
    }

    private func pull(_ request: FakeRequest, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>) async throws {
        let image = (request.query["fromImage"] ?? "") + ":" + (request.query["tag"] ?? "")
        if let auth = request.auth { auths.append(auth) }
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        try await Task.sleep(for: pullTime)
        let line: String
        if registry.contains(image) {
            images.insert(image)
            line = #"{"status":"Pull complete"}"#
        } else {
            line = #"{"errorDetail":{"message":"not found"},"error":"not found"}"#
        }
        try await outbound.write(.body(.byteBuffer(ByteBuffer(string: line + "\r\n"))))
        try await outbound.write(.end(nil))
    }

    private func streamLogs(_ request: FakeRequest, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>)
        async throws
    {
        let task = find(request.object).flatMap { containers[$0]?.labels["com.docker.swarm.task.id"] } ?? ""
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        head.headers.add(name: "Content-Type", value: "application/vnd.docker.multiplexed-stream")
        try await outbound.write(.head(head))
        // In small pieces, as a network may cut it.
        let bytes = logs[task] ?? []
        for start in stride(from: 0, to: bytes.count, by: 7) {
            try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes[start..<min(start + 7, bytes.count)]))))
        }
        try await outbound.write(.end(nil))
    }

    // MARK: Containers

    private func find(_ name: String) -> String? {
        containers[name] != nil ? name : containers.values.first { $0.name == name }?.id
    }

    private func carryOut(_ request: FakeRequest) -> (Int, JSON) {
        if request.name == "create" { return create(request) }
        if request.name == "list" { return (200, .array(containers.values.map(\.summary))) }
        if request.name == "image" {
            return images.contains(request.object) ? (200, .object([:])) : (404, .object(["message": .string("No such image")]))
        }
        if request.name.contains("network") { return network(request) }
        guard let id = find(request.object), let container = containers[id] else {
            return (404, .object(["message": .string("No such container: \(request.object)")]))
        }
        switch request.name {
        case "start":
            if container.state == "running" { return (304, .null) }
            containers[id]?.starts += 1
            containers[id]?.state = "running"
            containers[id]?.pid = 4711
            if container.configuration["Healthcheck"]?.object?["Test"] != nil { containers[id]?.health = "starting" }
            if let code = exits[container.configuration["Image"]?.string ?? ""] {
                finish(id, code: code, tells: exitsAreTold)
            }
            return (204, .null)
        case "stop":
            guard container.state == "running" else { return (304, .null) }
            finish(id, code: 143, tells: true)
            return (204, .null)
        case "remove":
            if container.state == "running" { finish(id, code: 137, tells: true) }
            tell("destroy", id)
            containers[id] = nil
            return (204, .null)
        case "inspect": return (200, container.inspection)
        default: return (404, .object(["message": .string("page not found")]))
        }
    }

    private func network(_ request: FakeRequest) -> (Int, JSON) {
        switch request.name {
        case "create network":
            guard case .object(let body)? = try? JSONDecoder().decode(JSON.self, from: Data(request.body.readableBytesView))
            else {
                return (400, .object(["message": .string("invalid JSON")]))
            }
            let name = body["Name"]?.string ?? ""
            guard !networks.values.contains(where: { $0["Name"]?.string == name }) else {
                return (409, .object(["message": .string("network with name \(name) already exists")]))
            }
            next += 1
            networks["n\(next)"] = body
            return (201, .object(["Id": .string("n\(next)")]))
        case "networks": return (200, .array(networks.map { .object($1.merging(["Id": .string($0)]) { $1 }) }))
        default:
            let id = request.object
            guard networks.removeValue(forKey: id) != nil else {
                return (404, .object(["message": .string("network \(id) not found")]))
            }
            return (204, .null)
        }
    }

    private func create(_ request: FakeRequest) -> (Int, JSON) {
        guard case .object(let configuration)? = try? JSONDecoder().decode(JSON.self, from: Data(request.body.readableBytesView))
        else { return (400, .object(["message": .string("invalid JSON")])) }
        let image = configuration["Image"]?.string ?? ""
        let full = image.contains(":") ? image : image + ":latest"
        guard images.contains(full) else { return (404, .object(["message": .string("No such image: \(full)")])) }
        let name = request.query["name"] ?? ""
        guard find(name) == nil else {
            return (409, .object(["message": .string("Conflict. The container name \"/\(name)\" is already in use")]))
        }
        next += 1
        let id = "c\(next)"
        containers[id] = Container(id: id, name: name, configuration: configuration)
        return (201, .object(["Id": .string(id)]))
    }

    private func finish(_ id: String, code: Int, tells: Bool) {
        containers[id]?.state = "exited"
        containers[id]?.exitCode = code
        containers[id]?.pid = 0
        if tells { tell("die", id, ["exitCode": "\(code)"]) }
    }

    private func tell(_ action: String, _ id: String, _ more: [String: String] = [:]) {
        guard let container = containers[id] else { return }
        let attributes = container.labels.merging(more) { _, more in more }
        let event = JSON.object([
            "Type": .string("container"), "Action": .string(action), "scope": .string("local"),
            "Actor": .object(["ID": .string(id), "Attributes": .object(attributes.mapValues(JSON.string))]),
        ])
        guard let bytes = try? JSONEncoder().encode(event) else { return }
        for listener in listeners.values { listener.yield(String(decoding: bytes, as: UTF8.self)) }
    }
}
