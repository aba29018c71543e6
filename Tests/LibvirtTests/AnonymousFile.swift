import Foundation

/// A file without a name: the kernel removes it with the last process that has it open, however that ends, so a test that is killed
/// leaves nothing behind.
final class AnonymousFile: Sendable {
    let handle: FileHandle

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("libvirt-tests-\(UUID())")
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, unlink(url.path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Under which this process, and no other, can open it.
    var path: String { "/proc/self/fd/\(handle.fileDescriptor)" }
}
