import NIOCore
import Synchronization

/// Closes a connection that takes too long.
final class EngineTimer: Sendable {
    private let over = Atomic(false)
    private let scheduled: Mutex<Scheduled<Void>?>

    init(_ channel: any Channel, limit: TimeAmount?) {
        scheduled = Mutex(nil)
        guard let limit else { return }
        let task = channel.eventLoop.scheduleTask(in: limit) { [weak self] in
            self?.over.store(true, ordering: .relaxed)
            channel.close(promise: nil)
        }
        scheduled.withLock { $0 = task }
    }

    /// Whether it has closed the connection.
    var isOver: Bool { over.load(ordering: .relaxed) }

    func cancel() { scheduled.withLock { $0?.cancel() } }
}
