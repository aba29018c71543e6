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
        // Only who makes a network says in the body whose it is.
        guard call == .create else {
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
        var whole = head
        if request.fields["transfer-encoding"] != nil || request.expectsContinue {
            // The body was read out of its framing, so it is sent with another.
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
