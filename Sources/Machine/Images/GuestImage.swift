import Foundation

/// A built guest operating system: a folder of the image cache.
public struct GuestImage: Sendable, Equatable {
    /// The first 12 hexadecimal digits of the recipe's SHA-256.
    public let digest: String
    public let folder: URL
    /// The kernel's command line.
    public let commandLine: String

    public var disk: URL { folder.appending(path: "disk.qcow2") }
    public var kernel: URL { folder.appending(path: "vmlinuz") }
    public var initrd: URL { folder.appending(path: "initrd.img") }
    public var packages: URL { folder.appending(path: "packages.txt") }

    /// - Throws: where the folder does not hold a whole image.
    init(digest: String, folder: URL) throws {
        self.digest = digest
        self.folder = folder
        let text = try String(contentsOf: folder.appending(path: "cmdline"), encoding: .utf8)
        self.commandLine = text.trimmingCharacters(in: .whitespacesAndNewlines)
        for file in [disk, kernel, initrd] where !FileManager.default.fileExists(atPath: file.path) {
            throw MachineError.failed(
                "\(file.path) is missing: remove the image with \"\(Program.name) image rm \(digest)\" and build it again")
        }
    }
}
