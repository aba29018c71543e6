import Foundation

/// An advisory lock on a file (`flock`), held until it is released or its process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Takes the lock if nobody holds it.
    ///
    /// - Returns: nil where another process, or another holder in this one, has it.
    /// - Throws: `MachineError.failed` where the file cannot be opened.
    static func tryTake(_ url: URL) throws -> FileLock? {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw MachineError.failed("cannot open \(url.path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return FileLock(descriptor: descriptor)
    }

    /// Takes the lock, waiting for its holder; cancelling the task ends the wait.
    static func take(_ url: URL) async throws -> FileLock {
        try MachineStore.makeFolder(url.deletingLastPathComponent())
        while true {
            if let lock = try tryTake(url) { return lock }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
