import DockerAPI
import NIOCore

extension Session {
    /// Answers a call of `/networks`, or has the engine answer it: byte for byte, where the swarm has no part in it.
    ///
    /// - Returns: whether another request may follow.
    func serveNetworks(
        _ call: Route.NetworkCall, _ head: ByteBuffer, _ request: RequestHead, _ target: RequestTarget,
        _ engine: inout Connection?
    ) async throws -> Bool {
        let availability = await service.backend.availability()
        guard availability.hasPrefix("active") else { return try await forward(head, request, .engine, &engine) }
        let isManager = availability == "active/manager"
        // Who makes a network says in the body whose it is, and who puts containers into one says which.
        guard call.needsBody else {
            let answer = await networkAnswer(call, request, target, body: ByteBuffer(), isManager: isManager)
            guard let answer else { return try await forward(head, request, .engine, &engine) }
            if !request.body.isFinished, try await readBody(request) == nil {
                try await send(answer, closing: true)
                await linger()
                return false
            }
            return try await reply(answer, to: request)
        }
        guard let body = try await readBody(request) else {
            try await send(.refusal(APIError(413, "http: request body too large")), closing: true)
            await linger()
            return false
        }
        if let answer = await networkAnswer(call, request, target, body: body, isManager: isManager) {
            return try await reply(answer, to: request)
        }
        return try await forward(head, request, with: body, &engine)
    }

    /// Puts a new container into the networks of the swarm that it is to be in, or leaves it to the engine: byte for byte, where the
    /// swarm has no part in it.
    ///
    /// - Returns: whether another request may follow.
    func serveCreation(
        _ head: ByteBuffer, _ request: RequestHead, _ target: RequestTarget, _ engine: inout Connection?
    ) async throws -> Bool {
        let availability = await service.backend.availability()
        guard availability.hasPrefix("active") else { return try await forward(head, request, .engine, &engine) }
        guard let body = try await readBody(request) else {
            try await send(.refusal(APIError(413, "http: request body too large")), closing: true)
            await linger()
            return false
        }
        let answer: Answer?
        do {
            let lookup = NetworkLookup(
                backend: service.backend, engine: service.engine, prefix: target.version.map { "/v\($0)" } ?? "",
                isManager: availability == "active/manager")
            let networks = ContainerNetworks(
                backend: service.backend, engine: service.engine, lookup: lookup, target: target)
            answer = try await networks.create(body, head: head)
        } catch {
            if !(error is APIError) { service.logger.error("a call failed", metadata: ["error": "\(error)"]) }
            answer = .refusal(error)
        }
        if let answer { return try await reply(answer, to: request) }
        return try await forward(head, request, with: body, &engine)
    }

    /// Forwards a request whose body was read already.
    private func forward(
        _ head: ByteBuffer, _ request: RequestHead, with body: ByteBuffer, _ engine: inout Connection?
    ) async throws -> Bool {
        var whole = head
        if request.fields["transfer-encoding"] != nil || request.expectsContinue {
            // It was read out of its framing, so it is sent with another.
            whole = HeadEditor.dropping(["transfer-encoding", "expect"], from: head)
            whole = HeadEditor.set("Content-Length", to: "\(body.readableBytes)", in: whole)
        }
        whole.writeImmutableBuffer(body)
        var rest = request
        rest.body = .none
        return try await forward(whole, rest, .engine, &engine)
    }

    /// - Returns: nil for what the engine is to answer.
    private func networkAnswer(
        _ call: Route.NetworkCall, _ request: RequestHead, _ target: RequestTarget, body: ByteBuffer, isManager: Bool
    ) async -> Answer? {
        do {
            let facts = await service.identity.facts()
            try APIVersion.check(target.version, minimum: facts.minimumVersion, maximum: facts.maximumVersion)
            return try await NetworkAPI(
                backend: service.backend, engine: service.engine, target: target, requestTarget: request.target,
                fields: request.fields, body: body, isManager: isManager, now: service.now()
            ).answer(call)
        } catch {
            if !(error is APIError) { service.logger.error("a call failed", metadata: ["error": "\(error)"]) }
            return .refusal(error)
        }
    }
}
