import DockerAPI
import Logging
import NIOCore
import NIOSSL

/// What all connections share.
struct GatewayService: Sendable {
    let engine: Engine
    let identity: EngineIdentity
    let backend: any SwarmBackend
    let events: SwarmEventHub
    let logger: Logger
    let limits: GatewayLimits
    let now: @Sendable () -> Timestamp
    let encoded = EncodedTasks()
}

/// One client's connection, from its first byte to its last.
struct Session {
    let service: GatewayService
    let accepted: Listener.Accepted

    var client: Connection { accepted.connection }

    func run() async {
        defer { client.close() }
        do {
            if let credentials = accepted.credentials, try await !beginTLS(credentials) { return }
            try await serve()
        } catch let error as HTTPError {
            try? await send(.plain(error), closing: true)
            await linger()
        } catch {
            service.logger.debug("a client's connection ended", metadata: ["why": "\(error)"])
        }
    }

    /// - Returns: false if this is no TLS.
    private func beginTLS(_ credentials: TLSCredentials) async throws -> Bool {
        let timer = client.limit(service.limits.headTime, ConnectionEnded())
        defer { timer.cancel() }
        guard let first = try await client.read() else { return false }
        // A handshake record (RFC 8446, 5.1).
        guard first.getInteger(at: first.readerIndex, as: UInt8.self) == 0x16 else {
            try await client.write(
                ByteBuffer(string: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"))
            await linger()
            return false
        }
        let context: NIOSSLContext
        do { context = try credentials.context() } catch {
            service.logger.error("the files for TLS cannot be used", metadata: ["error": "\(error)"])
            return false
        }
        let handshake = client.channel.eventLoop.scheduleTask(in: service.limits.headTime) { client.close() }
        defer { handshake.cancel() }
        try await client.secure(with: context, first: first)
        await client.secured()
        return true
    }

    private func serve() async throws {
        var engine: Connection?
        defer { engine?.close() }
        while let head = try await client.readHead(within: service.limits.headTime) {
            let request = try RequestHead(head.readableBytesView)
            let target = RequestTarget(request.target)
            let route = target.map { Route(method: request.method, target: $0) } ?? .engine
            switch route {
            case .swarm(.logs(let collection, let name)):
                guard let target, try await sendLogs(of: collection, name, request, target) else { return }
            case .info, .predefinedNetwork, .swarm:
                guard let target, try await answer(request, route, target) else { return }
            case .events:
                guard let target, try await forwardEvents(head, request, target) else { return }
            case .networks(let call):
                guard let target, try await serveNetworks(call, head, request, target, &engine) else { return }
            case .createContainer:
                guard let target, try await serveCreation(head, request, target, &engine) else { return }
            case .engine, .ping:
                guard try await forward(head, request, route, &engine) else { return }
            }
        }
    }

    // MARK: The engine's

    /// - Returns: whether another request may follow.
    func forward(
        _ head: ByteBuffer, _ request: RequestHead, _ route: Route, _ engine: inout Connection?
    ) async throws -> Bool {
        let availability = route == .ping ? await service.backend.availability() : nil
        var retries = engine != nil && ["GET", "HEAD"].contains(request.method) && request.body.isFinished
        while true {
            if engine?.isUsable != true {
                engine?.close()
                engine = nil
                retries = false
            }
            let connection: Connection
            do {
                connection = if let engine { engine } else { try await service.engine.connect() }
            } catch let error as APIError {
                return try await refuse(error, request)
            }
            engine = connection
            var exchange = Exchange(client: client, engine: connection, request: request)
            if let availability {
                exchange.rewrite = { HeadEditor.set("Swarm", to: availability, in: $0) }
            }
            switch try await exchange.run(head: head) {
            case .next: return true
            case .close:
                await client.closeWrite()
                return false
            case .switched:
                await Splice.run(client: client, engine: connection)
                return false
            case .broken: return false
            case .malformed(let error): throw error
            case .unanswered:
                connection.close()
                engine = nil
                // The engine closed an idle connection just as it was used again.
                if retries { continue }
                return try await refuse(Engine.silent, request)
            }
        }
    }

    /// Events have an engine's connection of their own, which ends with them.
    private func forwardEvents(_ head: ByteBuffer, _ request: RequestHead, _ target: RequestTarget) async throws -> Bool {
        let filter: EventFilter
        let engine: Connection
        do {
            guard request.body.isFinished else { throw APIError(400, "GET /events takes no body") }
            filter = try EventFilter(target)
            engine = try await service.engine.connect()
        } catch let error as APIError {
            return try await refuse(error, request)
        }
        defer { engine.close() }
        let events = await service.events.subscribe(since: filter.since)
        let exchange = EventExchange(client: client, engine: engine, request: request, filter: filter, events: events)
        do {
            if try await exchange.run(head: head) { return true }
        } catch let error as APIError {
            return try await refuse(error, request)
        }
        await client.closeWrite()
        return false
    }

    func refuse(_ error: APIError, _ request: RequestHead) async throws -> Bool {
        let closing = !request.keepsAlive || !request.body.isFinished
        try await send(.refusal(error), closing: closing, bodiless: request.method == "HEAD")
        if closing { await linger() }
        return !closing
    }

    // MARK: Ours

    /// - Returns: whether another request may follow.
    private func answer(_ request: RequestHead, _ route: Route, _ target: RequestTarget) async throws -> Bool {
        guard let body = try await readBody(request) else {
            try await send(.refusal(APIError(413, "http: request body too large")), closing: true)
            await linger()
            return false
        }
        let answer: Answer
        do {
            let facts = await service.identity.facts()
            try APIVersion.check(target.version, minimum: facts.minimumVersion, maximum: facts.maximumVersion)
            switch route {
            case .swarm(let call):
                answer = try await SwarmAPI(backend: service.backend, encoded: service.encoded).answer(
                    call, target: target, fields: request.fields, body: body)
            case .predefinedNetwork(let name):
                try await service.backend.requireManager()
                answer = try await PredefinedNetwork.answer(name, target, service.engine)
            default: answer = try await information(request)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as APIError where route.isOfServiceSpec {
            answer = .refusal(await NetworkAPI.explain(error, service.engine))
        } catch {
            if !(error is APIError) { service.logger.error("a call failed", metadata: ["error": "\(error)"]) }
            answer = .refusal(error)
        }
        return try await reply(answer, to: request)
    }

    /// - Returns: whether another request may follow.
    func reply(_ answer: Answer, to request: RequestHead) async throws -> Bool {
        // To clients of HTTP/1.0 the end of the connection says it all.
        let goesOn = request.keepsAlive && request.minorVersion == 1
        try await send(answer, closing: !goesOn)
        return goesOn
    }

    /// - Returns: whether another request may follow.
    private func sendLogs(
        of collection: SwarmCollection, _ name: String, _ request: RequestHead, _ target: RequestTarget
    ) async throws -> Bool {
        let exchange: LogExchange
        let facts = await service.identity.facts()
        let isNew = request.minorVersion == 1
        do {
            try APIVersion.check(target.version, minimum: facts.minimumVersion, maximum: facts.maximumVersion)
            guard request.body.isFinished else { throw APIError(400, "GET of logs takes no body") }
            let logs = try LogRequest(target)
            let (source, hasTerminal) = try await service.backend.source(of: collection, name)
            exchange = LogExchange(
                client: client, backend: service.backend, selection: logs.selection(source),
                format: LogFormat(request: logs, isMultiplexed: !hasTerminal), isChunked: isNew)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return try await refuse(error as? APIError ?? APIError(500, "\(error)"), request)
        }
        let goesOn = try await exchange.run(
            commonFields: facts.commonFields, isMultiplexedKnown: ServiceGate(target.version).knowsMultiplexedStreams,
            now: service.now())
        if !goesOn { await client.closeWrite() }
        return goesOn && request.keepsAlive
    }

    private func information(_ request: RequestHead) async throws -> Answer {
        async let swarm = service.backend.information()
        let engine = try await service.engine.get(request.target)
        await service.identity.note(server: engine.head.fields["server"])
        guard engine.head.status == 200 else { return .json(engine.body, status: engine.head.status) }
        return .json(try InfoMerge.merge(engine.body, with: await swarm))
    }

    /// - Returns: nil if it is too large.
    func readBody(_ request: RequestHead) async throws -> ByteBuffer? {
        var body = ByteBuffer()
        guard !request.body.isFinished else { return body }
        let timer = client.limit(service.limits.bodyTime, HTTPError(408, "the body of the request took too long"))
        defer { timer.cancel() }
        if request.expectsContinue { try await client.write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")) }
        var framing = request.body
        while var part = try await client.readContent(&framing) {
            guard body.readableBytes + part.readableBytes <= service.limits.largestBody else { return nil }
            body.writeBuffer(&part)
        }
        return body
    }

    func send(_ answer: Answer, closing: Bool, bodiless: Bool = false) async throws {
        var bytes = answer.serialized(
            commonFields: await service.identity.facts().commonFields, closing: closing, now: service.now())
        if bodiless, answer.status != 204 { bytes.moveWriterIndex(to: bytes.writerIndex - answer.body.readableBytes) }
        try await client.write(bytes)
    }

    /// Closes our side and lets the client finish: closing with bytes unread would reset the connection, and the client would lose
    /// the answer.
    func linger() async {
        await client.closeWrite()
        let timer = client.limit(.milliseconds(500), ConnectionEnded())
        defer { timer.cancel() }
        while let bytes = try? await client.read(), bytes.readableBytes > 0 {}
    }
}
