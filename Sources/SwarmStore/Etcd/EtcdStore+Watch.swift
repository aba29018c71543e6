import EtcdRPC
import GRPCCore
import SwarmModel
import Synchronization

extension EtcdStore {
    /// See `Store`. While etcd is away the watch waits for it, and goes on after the last change that it delivered.
    public func watch(prefix: String, after revision: UInt64) -> AsyncThrowingStream<WatchBatch, any Error> {
        let (stream, continuation) = AsyncThrowingStream<WatchBatch, any Error>.makeStream()
        let delivery = WatchDelivery(after: revision, continuation: continuation)
        let task = Task(executorPreference: Task.executor) {
            while true {
                do {
                    try await watchOnce(prefix: prefix, delivery: delivery)
                } catch let error as StoreError {
                    switch error {
                    case .unavailable, .timedOut, .noLeader: break
                    default: return continuation.finish(throwing: error)
                    }
                } catch {
                    return continuation.finish()
                }
                do {
                    try await Task.sleep(for: .milliseconds(50))
                } catch {
                    return continuation.finish()
                }
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// Returns or throws when etcd ends the stream.
    private func watchOnce(prefix: String, delivery: WatchDelivery) async throws {
        var request = EtcdWatchRequest()
        (request.createRequest.key, request.createRequest.rangeEnd) = Self.range(prefix: prefix)
        request.createRequest.startRevision = Int64(clamping: delivery.revision + 1)
        try await connection.call(within: nil) { [request] options in
            try await connection.watches.watch(options: options) { writer in
                // Having nothing more to ask ends only the asking.
                try await writer.write(request)
            } onResponse: { response in
                for try await message in response.messages {
                    guard message.compactRevision == 0 else {
                        throw StoreError.compacted(oldest: UInt64(message.compactRevision))
                    }
                    guard !message.canceled else { throw StoreError.unavailable(message.cancelReason) }
                    try delivery.deliver(message.events)
                }
            }
        }
    }
}

/// Hands events on as batches of one revision each, and remembers where it is.
private final class WatchDelivery: Sendable {
    private let last: Mutex<UInt64>
    private let continuation: AsyncThrowingStream<WatchBatch, any Error>.Continuation

    init(after revision: UInt64, continuation: AsyncThrowingStream<WatchBatch, any Error>.Continuation) {
        last = Mutex(revision)
        self.continuation = continuation
    }

    /// The revision of what was delivered last.
    var revision: UInt64 { last.withLock { $0 } }

    /// A message of etcd holds all events of each revision that it holds any of.
    func deliver(_ events: [EtcdEvent]) throws {
        var batch = WatchBatch(revision: 0, changes: [])
        for event in events {
            let revision = UInt64(event.kv.modRevision)
            if revision != batch.revision {
                yield(batch)
                batch = WatchBatch(revision: revision, changes: [])
            }
            switch event.type {
            case .delete: batch.changes.append(.delete(key: try EtcdStore.plainKey(event.kv.key)))
            default: batch.changes.append(.put(try EtcdStore.entry(event.kv)))
            }
        }
        yield(batch)
    }

    private func yield(_ batch: WatchBatch) {
        guard !batch.changes.isEmpty else { return }
        let isNew = last.withLock { last in
            guard batch.revision > last else { return false }
            last = batch.revision
            return true
        }
        if isNew { continuation.yield(batch) }
    }
}
