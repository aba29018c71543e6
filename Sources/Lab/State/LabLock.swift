import Foundation

/// Keeps two verbs from working on the same lab at once. The kernel gives the lock back when its process ends, however it ends.
public final class LabLock: Sendable {
    private let descriptor: Int32

    init(_ file: URL, lab: String) throws {
        let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LabError("cannot open the lock of lab \"\(lab)\" (\(file.path)): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = max(0, read(descriptor, &bytes, bytes.count))
            let owner = String(decoding: bytes[..<count], as: UTF8.self).trimmed
            close(descriptor)
            throw LabError(
                "another lab command is at work on lab \"\(lab)\"\(owner.isEmpty ? "" : " (process \(owner))"); wait for it to end")
        }
        self.descriptor = descriptor
        // For the message that others get; the lock itself does not depend on it.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, text, text.count) }
    }

    deinit { close(descriptor) }

    /// Lets others at the lab; also happens when the lock is no longer referred to.
    public func release() { flock(descriptor, LOCK_UN) }
}
