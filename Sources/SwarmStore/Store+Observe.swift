import SwarmModel

extension Store {
    /// Everything below `prefix`, then every change of it from exactly there on.
    ///
    /// The first element is a snapshot. Where the store cannot be read for want of a leader or of time, it is tried again, every
    /// `retryDelay`; so the stream ends only when its task is cancelled, the store is closed or it fails for another reason.
    public func observe(
        prefix: String, retryDelay: Duration = .milliseconds(250)
    ) -> AsyncThrowingStream<Observation, any Error> {
        let (stream, continuation) = AsyncThrowingStream<Observation, any Error>.makeStream()
        let task = Task(executorPreference: Task.executor) {
            do {
                while true {
                    do {
                        let snapshot = try await read(prefix: prefix)
                        continuation.yield(.snapshot(snapshot))
                        for try await batch in watch(prefix: prefix, after: snapshot.revision) {
                            continuation.yield(.batch(batch))
                        }
                        // A watch ends by itself only when it is cancelled.
                        throw CancellationError()
                    } catch StoreError.compacted {
                        continue
                    } catch StoreError.noLeader, StoreError.timedOut, StoreError.unavailable {
                        try await Task.sleep(for: retryDelay)
                    }
                }
            } catch {
                continuation.finish(throwing: error is CancellationError ? nil : error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
