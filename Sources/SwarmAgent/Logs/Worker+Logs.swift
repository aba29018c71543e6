import DockerAPI
import SwarmModel
import Synchronization

extension Worker {
    /// Reads what tasks of this node have written. Where the selection follows, it goes on until cancelled, with tasks that are yet to
    /// come, too.
    ///
    /// - Parameter each: takes lines of one task; the containers wait for it.
    func readLogs(_ selection: LogSelection, each: @escaping @Sendable ([LogLine]) async throws -> Void) async throws {
        // Who listens first and looks then misses nobody.
        let beginnings = selection.follows ? followBeginnings() : nil
        try await withThrowingDiscardingTaskGroup { group in
            var known: Set<String> = []
            for (id, entry) in entries where selection.concerns(entry.task) && entry.task.status.hasRun {
                known.insert(id)
                group.addTask { try await self.readLog(of: id, selection, each: each) }
            }
            guard let beginnings else { return }
            for await id in beginnings {
                guard let task = entries[id]?.task, selection.concerns(task), known.insert(id).inserted else { continue }
                group.addTask { try await self.readLog(of: id, selection, each: each) }
                if selection.source == .task(id) { return }
            }
        }
    }

    private func readLog(
        of taskID: String, _ selection: LogSelection, each: @escaping @Sendable ([LogLine]) async throws -> Void
    ) async throws {
        var selection = selection
        let last = LastLine()
        while let task = entries[taskID]?.task, let container = task.status.container?.id {
            do {
                return try await engine.logs(of: container, selection) { lines in
                    let told = lines.map {
                        LogLine(
                            taskID: taskID, serviceID: task.serviceID, nodeID: configuration.nodeID, isError: $0.isError,
                            time: $0.time, text: $0.text)
                    }
                    try await each(told)
                    if let line = lines.last { last.set(line.time) }
                }
            } catch is EngineUnreachable where selection.follows {
                try await Task.sleep(for: configuration.pause)
                guard let time = last.time else { continue }
                // What was read is not read again.
                selection.since = Timestamp(nanoseconds: time.nanoseconds + 1)
                selection.tail = nil
            } catch let error as APIError {
                // Removed, or its log driver keeps nothing that can be read.
                logger.info("a task's log cannot be read", metadata: ["task": "\(taskID)", "error": "\(error)"])
                return
            } catch is EngineUnreachable {
                return
            }
        }
    }
}

extension LogSelection {
    func concerns(_ task: TaskRecord) -> Bool {
        switch source {
        case .service(let id): task.serviceID == id
        case .task(let id): task.id == id
        }
    }
}

extension TaskRecord.Status {
    /// Whether its container has been started, so that it may have written something.
    var hasRun: Bool { state >= .running && container?.id != nil || container?.pid ?? 0 > 0 }
}

/// When the last line was written that was handed on.
private final class LastLine: Sendable {
    private let value = Mutex<Timestamp?>(nil)

    var time: Timestamp? { value.withLock { $0 } }

    func set(_ time: Timestamp) { value.withLock { $0 = time } }
}
