import Foundation

/// Keeps two verbs from working on the same lab at once. The kernel gives the lock back when its process ends, however it ends.
public final class LabLock: Sendable {
    private let descriptor: Int32
    private let path: String

    init(_ file: URL, lab: String) throws {
        path = file.path
        descriptor = try Self.acquire(path, lab)
        // For the message that others get; the lock itself does not depend on it.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, text, text.count) }
    }

    deinit { close(descriptor) }

    /// Lets others at the lab, and leaves no file behind; also happens (but for the file) when the process ends.
    public func release() {
        // While the lock is held: whoever waits for this file finds that it is no longer the one at the path.
        unlink(path)
        flock(descriptor, LOCK_UN)
    }

    private static func acquire(_ path: String, _ lab: String) throws -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw LabError("cannot open the lock of lab \"\(lab)\" (\(path)): \(String(cString: strerror(errno)))")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                defer { close(descriptor) }
                let owner = content(descriptor)
                throw LabError(
                    "another lab command is at work on lab \"\(lab)\"\(owner.isEmpty ? "" : " (process \(owner))"); wait for it to end"
                )
            }
            if isStill(descriptor, at: path) { return descriptor }
            // The one who had it has just removed the file: this lock would be on nothing.
            close(descriptor)
        }
    }

    private static func content(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = max(0, read(descriptor, &bytes, bytes.count))
        return String(decoding: bytes[..<count], as: UTF8.self).trimmed
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var mine = stat()
        var theirs = stat()
        return fstat(descriptor, &mine) == 0 && stat(path, &theirs) == 0 && mine.st_ino == theirs.st_ino
            && mine.st_dev == theirs.st_dev
    }
}
