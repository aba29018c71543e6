/// Asks again and again until there is an answer.
///
/// - Parameters:
///   - timeout: how long to go on.
///   - interval: the pause between two attempts.
///   - attempt: returns nil, or throws, where it is not yet so; `CancellationError` ends the wait.
/// - Returns: the first answer, or nil and the last error when time has run out.
func poll<Result: Sendable>(
    timeout: Duration, every interval: Duration, _ attempt: () async throws -> Result?
) async throws -> (result: Result?, lastError: (any Error)?) {
    let clock = ContinuousClock()
    let deadline = clock.now + timeout
    var last: (any Error)?
    while true {
        do {
            if let result = try await attempt() { return (result, nil) }
        } catch let error as CancellationError {
            throw error
        } catch let error as FinalError {
            throw error.underlying
        } catch {
            last = error
        }
        try Task.checkCancellation()
        guard clock.now + interval < deadline else { return (nil, last) }
        try await Task.sleep(for: interval)
    }
}

/// Wrapped around an error in an attempt of `poll`: waiting longer cannot help.
struct FinalError: Error { let underlying: any Error }
