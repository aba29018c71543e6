import Foundation

/// What was to end in time and did not.
struct TookTooLong: Error, CustomStringConvertible {
    let limit: Duration
    var description: String { "not done after \(limit)" }
}

/// Runs a body that may block for ever, but waits for it no longer than a limit.
///
/// libvirt's calls cannot be cancelled: a body that is late is left to itself, and the test fails instead of standing still.
/// - Parameter body: has a thread of its own, where an expectation would not be known as the test's: return what is to be checked.
/// - Throws: what the body throws; `TookTooLong`.
func within<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let (stream, continuation) = AsyncThrowingStream.makeStream(of: Value.self)
    Thread.detachNewThread {
        do { continuation.yield(try body()) } catch { continuation.finish(throwing: error) }
    }
    let clock = Task {
        try await Task.sleep(for: limit)
        continuation.finish(throwing: TookTooLong(limit: limit))
    }
    defer { clock.cancel() }
    for try await value in stream { return value }
    throw CancellationError()
}
