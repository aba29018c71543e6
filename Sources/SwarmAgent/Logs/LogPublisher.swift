import GRPCCore
import Logging
import SwarmModel
import SwarmRPC

/// Tells the leader what containers have written, for as long as somebody reads it.
struct LogPublisher: Sendable {
    let worker: Worker
    let dispatcher: WireDispatcher.Client<ManagerConnection.Transport>
    let logger: Logger

    /// Returns once everything is told, or the leader wants no more.
    func publish(_ selection: LogSelection, for subscription: String) async {
        do {
            _ = try await dispatcher.publishLogs { writer in
                // One without lines says that this node has begun, however long it takes until there is something.
                try await writer.write(.with { $0.subscription = subscription })
                try await worker.readLogs(selection) { lines in
                    for start in stride(from: 0, to: lines.count, by: Self.linesOfBatch) {
                        let part = lines[start..<min(start + Self.linesOfBatch, lines.count)]
                        try await writer.write(
                            .with { batch in
                                batch.subscription = subscription
                                batch.lines = part.map(\.wire)
                            })
                    }
                }
            }
        } catch {
            logger.debug("a subscription to logs has ended", metadata: ["subscription": "\(subscription)", "reason": "\(error)"])
        }
    }

    /// A line is of 16 KiB at most, and a message of 4 MiB.
    private static let linesOfBatch = 128
}
