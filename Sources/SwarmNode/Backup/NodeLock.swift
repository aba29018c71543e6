import SwarmSecurity

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// That one process at a time works with a node's state directory: a lock on a file in it, which ends with the process that holds it.
public final class NodeLock: Sendable {
    private let descriptor: CInt

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Locks a state directory, which is made if it is not there.
    ///
    /// - Parameter limit: how long to wait for a process that is just ending.
    /// - Returns: the lock, held for as long as the value lives; nil where another process has it.
    public static func acquire(_ stateDirectory: String, within limit: Duration = .zero) async throws -> NodeLock? {
        try BackupError.wrapping { try FileSystem.makeFolder(stateDirectory) }
        let path = stateDirectory + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw BackupError("opening \(path): \(String(cString: strerror(errno)))") }
        let lock = NodeLock(descriptor)
        let end = ContinuousClock.now + limit
        while true {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return lock }
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw BackupError("locking \(path): \(String(cString: strerror(errno)))")
            }
            guard ContinuousClock.now < end else { return nil }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
