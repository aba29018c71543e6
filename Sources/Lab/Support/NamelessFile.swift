import Foundation

/// A file that no folder lists: it is gone when nobody holds it any more, however this process ends. Programs that this
/// process starts reach it by a path of the kernel's. What is in it may be secret.
final class NamelessFile: Sendable {
    private let descriptor: Int32

    /// - Throws: ``LabError`` when the folder for temporary files cannot be written to.
    init(content: String = "") throws {
        let folder = FileManager.default.temporaryDirectory
        let name = folder.appending(path: "lab-\(UUID().uuidString)").path
        descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LabError(
                "cannot write to \(folder.path): \(String(cString: strerror(errno))); set TMPDIR to a folder that is yours")
        }
        unlink(name)
        guard content.isEmpty || (try? Data(content.utf8).write(to: URL(filePath: path))) != nil else {
            throw LabError("cannot write to \(folder.path); see df \(folder.path)")
        }
    }

    deinit { close(descriptor) }

    /// Good as long as this process runs and the file is held.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Nil when it cannot be read, or is no text.
    var content: String? { (try? Data(contentsOf: URL(filePath: path))).flatMap { String(data: $0, encoding: .utf8) } }
}
