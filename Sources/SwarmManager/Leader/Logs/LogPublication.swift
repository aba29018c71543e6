import GRPCCore
import SwarmRPC

/// One node's answer to a subscription.
struct LogPublication {
    let node: String
    let broker: LogBroker

    /// Hands on what the node sends, until it has told everything or nobody reads any more.
    func run(_ request: RPCAsyncSequence<WireLogBatch, any Error>) async throws -> WirePublishLogsResponse {
        let (ended, end) = AsyncStream<Void>.makeStream()
        defer { end.finish() }
        return try await withThrowingTaskGroup(of: WirePublishLogsResponse.self) { group in
            group.addTask {
                try await publish(request) { end.finish() }
                return WirePublishLogsResponse()
            }
            group.addTask {
                for await _ in ended {}
                throw RPCError(code: .cancelled, message: "nobody reads these logs any more")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? WirePublishLogsResponse()
        }
    }

    private func publish(
        _ request: RPCAsyncSequence<WireLogBatch, any Error>, end: @escaping @Sendable () -> Void
    ) async throws {
        var publication: (id: String, key: Int, batches: LogBroker.Batches)?
        var isComplete = false
        defer {
            if let publication {
                broker.close(publication.id, publisher: publication.key, node: node, isComplete: isComplete)
            }
        }
        for try await batch in request {
            if publication == nil {
                guard let (key, batches) = broker.open(batch.subscription, node: node, end: end) else {
                    throw RPCError(code: .notFound, message: "nobody asked for these logs")
                }
                publication = (batch.subscription, key, batches)
            }
            var named = batch
            for index in named.lines.indices { named.lines[index].nodeID = node }
            await publication?.batches.send(named)
        }
        isComplete = true
    }
}
