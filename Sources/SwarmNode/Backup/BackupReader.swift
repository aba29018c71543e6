import FoundationEssentials
import SwarmSecurity

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Reads a backup from its beginning to its end, line by line. Nothing of it is to be believed until `next` has returned nil: only then is the
/// digest known to be right.
final class BackupReader {
    /// What it tells of itself.
    let manifest: BackupManifest
    /// How many entries have been read.
    private(set) var count = 0
    private var lines: Lines
    private var isAtEnd = false

    private struct Header: Decodable {
        var format: String
        var version: Int
    }

    /// Opens the file and reads the manifest.
    ///
    /// - Throws: `BackupError` where it cannot be read, is no backup, or one of a later format.
    init(path: String) throws {
        lines = try Lines(path: path)
        guard let line = try lines.next(), let header = try? JSONDecoder().decode(Header.self, from: Data(line)),
            header.format == BackupManifest.format
        else { throw BackupError("\(path) is no backup of a swarm") }
        guard header.version == BackupManifest.version else {
            throw BackupError(
                "\(path) is a backup of format \(header.version), and this swarmd knows format \(BackupManifest.version) only: "
                    + "restore it with the version of swarmd that it was made with")
        }
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: Data(line)) else {
            throw Self.damaged(path)
        }
        self.manifest = manifest
    }

    /// The next entry; nil when that was the last one and the digest is right.
    ///
    /// - Throws: `BackupError`.
    func next() throws -> BackupEntry? {
        if isAtEnd { return nil }
        let digest = lines.digest.text
        guard let line = try lines.next() else { throw Self.cutOff(lines.path) }
        if line.starts(with: BackupFile.lastLineBegin.utf8) {
            guard line.elementsEqual(BackupFile.lastLine(digest).utf8), try lines.next() == nil else {
                throw Self.damaged(lines.path)
            }
            isAtEnd = true
            return nil
        }
        guard let entry = try? JSONDecoder().decode(BackupEntry.self, from: Data(line)) else { throw Self.damaged(lines.path) }
        count += 1
        return entry
    }

    /// Reads to the end.
    ///
    /// - Returns: the digest of the whole file.
    /// - Throws: `BackupError` where anything in it is not as it was written.
    func verify() throws -> String {
        while try next() != nil {}
        return lines.digest.text
    }

    fileprivate static func damaged(_ path: String) -> BackupError {
        BackupError("the backup \(path) is damaged: it is not what was written. Take another copy of it")
    }

    fileprivate static func cutOff(_ path: String) -> BackupError {
        BackupError("the backup \(path) is cut off: its end is missing. Take another copy of it")
    }
}

/// The lines of a file, each with its end, and the digest of those read so far.
private final class Lines {
    let path: String
    private(set) var digest = StreamDigest()
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private var position = 0
    private var isFirst = true

    init(path: String) throws {
        // Not to wait where it is a pipe that nobody writes to.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw BackupError("reading \(path): \(String(cString: strerror(errno)))") }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw BackupError("reading \(path): this is not a file")
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Nil at the end of the file.
    func next() throws -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[position...end])
                position = end + 1
                isFirst = false
                digest.update(line)
                return line
            }
            searched = buffer.count - position
            buffer.removeFirst(position)
            position = 0
            let count = try fill()
            if count == 0 && buffer.isEmpty { return nil }
            guard count > 0, buffer.count <= BackupFile.lineLimit else {
                // A file whose first line is none is of another kind.
                throw isFirst ? BackupError("\(path) is no backup of a swarm") : BackupReader.cutOff(path)
            }
        }
    }

    private func fill() throws -> Int {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw BackupError("reading \(path): \(String(cString: strerror(errno)))") }
            buffer += piece[..<count]
            return count
        }
    }
}
