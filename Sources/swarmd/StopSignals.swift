@preconcurrency import Dispatch
import Glibc

/// SIGTERM and SIGINT, which ask the program to stop.
struct StopSignals: Sendable {
    private let stream: AsyncStream<Void>

    /// From now on the signals do not end the process.
    init() {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        self.stream = stream
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.finish() }
            source.resume()
            return source
        }
        continuation.onTermination = { [sources] _ in for source in sources { source.cancel() } }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Returns when one has come, or the task is cancelled.
    func wait() async { for await _ in stream {} }
}
