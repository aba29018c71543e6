import Synchronization

/// When the other end of a connection said something last.
final class LastHeard: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    /// Something was heard.
    func now() { instant.withLock { $0 = .now } }

    var elapsed: Duration { ContinuousClock.now - instant.withLock { $0 } }
}
