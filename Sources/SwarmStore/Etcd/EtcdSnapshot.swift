import EtcdRPC
import FoundationEssentials
import GRPCCore
import Glibc
import Synchronization

/// A copy of the store's data in one file, in etcd's own format, and back.
///
/// Values are as the store has them: sealed. What is needed to open them has to be kept elsewhere.
public enum EtcdSnapshot {
    /// Why there is no snapshot, or none was restored.
    public struct Failure: Error, CustomStringConvertible {
        /// What was being done, and what happened.
        public var reason: String
        /// The text for a person.
        public var description: String { reason }
    }

    /// Writes what the store has now to a file that only its owner can read. The file is there whole, and on disk, or not at all.
    public static func save(_ connection: EtcdConnection, to path: String, within limit: Duration) async throws {
        // The snapshot is what this node's member has; after this read that is everything acknowledged so far.
        _ = try await EtcdStore(connection).read(key: Leader.key, within: limit)
        let partial = path + ".partial"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("creating \(partial)", errno) }
        defer { close(descriptor) }
        do {
            let size = try await connection.call(within: limit) { options in
                try await connection.maintenance.snapshot(EtcdSnapshotRequest(), options: options) { response in
                    var size: UInt64 = 0
                    for try await message in response.messages {
                        try write(message.blob, to: descriptor, path: partial)
                        size += UInt64(message.blob.count)
                    }
                    return size
                }
            }
            // Pages of the data, then their digest: anything else is a part of it.
            guard size > 32, size % 512 == 32 else { throw Failure(reason: "etcd sent a snapshot of \(size) bytes: a part only") }
            guard fsync(descriptor) == 0 else { throw failure("writing \(partial)", errno) }
            guard rename(partial, path) == 0 else { throw failure("renaming \(partial) to \(path)", errno) }
            try syncDirectory(of: path)
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Makes the data of a new store with one member, named as in `configuration`, out of a snapshot. Its data directory
    /// must not exist yet; an `EtcdProcess` with this configuration goes on from there. The digest in the snapshot is checked.
    ///
    /// It is `etcdctl` of Debian's package etcd-client that does it, since a snapshot lacks the log and the members that etcd
    /// wants to start with.
    public static func restore(
        _ path: String, configuration: EtcdConfiguration, etcdctl: String = "/usr/bin/etcdctl"
    ) async throws {
        guard access(etcdctl, X_OK) == 0 else {
            throw Failure(reason: "restoring a snapshot: \(etcdctl) is not there. Install it: apt-get install etcd-client")
        }
        guard access(path, R_OK) == 0 else { throw failure("reading \(path)", errno) }
        guard access(configuration.dataDirectory, F_OK) != 0 else {
            throw Failure(reason: "restoring a snapshot: \(configuration.dataDirectory) is there already")
        }
        // Another token makes it another store: members of the one that was saved cannot get in touch with it, and records that
        // name a store are known to be old.
        let token = "\(configuration.clusterToken)-\(UUID().uuidString)"
        let arguments = [
            etcdctl, "snapshot", "restore", path, "--data-dir", configuration.dataDirectory, "--name", configuration.name,
            "--initial-cluster", "\(configuration.name)=\(configuration.peerAdvertiseURL)", "--initial-cluster-token", token,
            "--initial-advertise-peer-urls", configuration.peerAdvertiseURL,
        ]
        let output = Output()
        let child = try await ChildProcess.spawn(
            arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "ETCDCTL_API=3"], directory: "/"
        ) { line in output.lines.withLock { $0.append(line) } }
        let exit = await withTaskCancellationHandler {
            await child.exit()
        } onCancel: {
            child.signal(SIGKILL)
        }
        guard exit == .code(0) else {
            try? FileManager.default.removeItem(atPath: configuration.dataDirectory)
            let text = output.lines.withLock { $0.last { $0.hasPrefix("Error") } } ?? "etcdctl ended with \(exit)"
            throw Failure(reason: "restoring the snapshot \(path): \(text)")
        }
    }

    private static func failure(_ action: String, _ code: Int32) -> Failure {
        Failure(reason: "\(action): \(String(cString: strerror(code)))")
    }

    private static func write(_ data: Data, to descriptor: Int32, path: String) throws {
        try data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count == -1 && errno == EINTR { continue }
                guard count > 0 else { throw failure("writing \(path)", errno) }
                rest = rest.dropFirst(count)
            }
        }
    }

    private static func syncDirectory(of path: String) throws {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening \(directory)", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("syncing \(directory)", errno) }
    }
}

private final class Output: Sendable {
    let lines = Mutex<[String]>([])
}
