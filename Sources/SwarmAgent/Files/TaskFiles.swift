import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmSecurity
import SwarmTemplates

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The files in which tasks find secrets and configs: one folder for each task, in memory, from which the container has them mounted.
struct TaskFiles: Sendable {
    /// Such as `/run/swarmd/tasks`.
    let path: String

    /// Writes what a task refers to.
    ///
    /// - Returns: what is to be mounted into its container.
    /// - Throws: `InvalidTask` where something is missing or a template is wrong.
    func write(_ data: [TaskData], for task: TaskRecord, on node: NodeFacts) throws -> [Mount] {
        let references = DataReference.all(of: task)
        guard !references.isEmpty else { return [] }
        let folder = try MemoryFolder(path).path + "/" + task.id
        try FileSystem.makeFolder(folder)
        let contents = try DataContents(data, references: references, for: task, on: node)
        return try references.enumerated().map { index, reference in
            let file = "\(folder)/\(index)"
            try Self.write(try contents.bytes(of: reference), to: file, reference)
            return Mount(kind: "bind", source: file, target: reference.target, readOnly: true)
        }
    }

    /// Whether all that a task refers to was written.
    func areThere(for task: TaskRecord) -> Bool {
        DataReference.all(of: task).indices.allSatisfy { FileStatus.exists("\(path)/\(task.id)/\($0)") }
    }

    /// Removes what was written for a task; what cannot be removed goes with the host.
    func remove(for task: TaskRecord) {
        guard !DataReference.all(of: task).isEmpty else { return }
        removeAll(of: task.id)
    }

    func removeAll(of taskID: String) {
        let folder = "\(path)/\(taskID)"
        for name in (try? FileSystem.names(in: folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// The tasks for which something was written.
    func owners() -> [String] { (try? FileSystem.names(in: path)) ?? [] }

    private static func write(_ bytes: [UInt8], to file: String, _ reference: DataReference) throws {
        // Written under another name at first, a file is whole wherever it is.
        try FileSystem.replace(file, with: bytes, isDurable: false)
        guard chown(file, reference.uid, reference.gid) == 0, chmod(file, mode_t(reference.mode)) == 0 else {
            throw FileTrouble("\(file): \(String(cString: strerror(errno)))")
        }
    }
}
