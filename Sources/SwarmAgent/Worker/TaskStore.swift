import DockerAPI
import FoundationEssentials
import Logging
import SwarmModel
import SwarmSecurity

/// The tasks of this node, on its disk: one file each. Secrets and configs are not in them, nor what opens a registry: managers tell
/// that again.
///
/// Nothing waits for the disk. After a loss of power the newest changes may be missing; a manager tells them again.
struct TaskStore: Sendable {
    /// Such as `/var/lib/swarmd/tasks`.
    let path: String
    let logger: Logger

    /// All that can be read.
    func load() -> [TaskRecord] {
        let decoder = JSONDecoder()
        return ((try? FileSystem.names(in: path)) ?? []).compactMap { name in
            guard Identifier.isValid(name) else { return nil }
            do {
                return try FileSystem.contents(of: file(name)).map { try decoder.decode(TaskRecord.self, from: Data($0)) }
            } catch {
                logger.warning("what was kept of a task cannot be read", metadata: ["task": "\(name)", "error": "\(error)"])
                return nil
            }
        }
    }

    func save(_ task: TaskRecord) {
        do {
            var kept = task
            kept.registryAuth = nil
            kept.spec.container?.registryAuthentication = nil
            let bytes = Array(try JSONEncoder().encode(kept))
            do {
                try FileSystem.replace(file(task.id), with: bytes, isDurable: false)
            } catch {
                try FileSystem.makeFolder(path)
                try FileSystem.replace(file(task.id), with: bytes, isDurable: false)
            }
        } catch {
            logger.error("a task cannot be kept for a restart", metadata: ["task": "\(task.id)", "error": "\(error)"])
        }
    }

    func remove(_ taskID: String) { try? FileSystem.remove(file(taskID)) }

    func removeAll() {
        for name in (try? FileSystem.names(in: path)) ?? [] { try? FileSystem.remove("\(path)/\(name)") }
    }

    private func file(_ taskID: String) -> String { "\(path)/\(taskID)" }
}
