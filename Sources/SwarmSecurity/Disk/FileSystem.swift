#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few file operations that keeping state takes, each of which survives a crash. What they throw is `SecurityError.Code.file`.
package enum FileSystem {
    /// Ends the name of a file that is being written.
    package static let temporarySuffix = ".tmp"
    package static let byteLimit = 1 << 20

    /// Makes a folder for its owner only, and those above it; an existing one is closed to others.
    package static func makeFolder(_ path: String) throws {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/\(part)"
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST || errno == EISDIR else { throw failure("making", prefix) }
        }
        guard chmod(path, 0o700) == 0 else { throw failure("closing to others", path) }
    }

    /// Puts a file of mode 0600 in place of another, or where none was: whoever reads finds all of the old or of the new.
    ///
    /// - Parameter isDurable: whether it is there after a loss of power, too, which takes the disk some milliseconds. Otherwise the
    ///   old, the new or an empty file is.
    package static func replace(_ path: String, with bytes: [UInt8], isDurable: Bool = true) throws {
        try replace(path, isDurable: isDurable) { write in try write(bytes) }
    }

    /// The same with what `content` writes, piece by piece.
    ///
    /// - Parameter suffix: ends the name of the file that is being written beside it; one of that name is removed.
    /// - Throws: also what `content` throws; the file is as it was then.
    package static func replace(
        _ path: String, suffix: String = temporarySuffix, isDurable: Bool = true,
        content: (_ write: ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        let temporary = path + suffix
        try remove(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("writing", temporary) }
        do {
            try content { try writeAll($0, to: descriptor, path: temporary) }
            // The umask may have taken bits away; without fsync a crash could leave the name with an empty file.
            guard fchmod(descriptor, 0o600) == 0, !isDurable || fsync(descriptor) == 0 else {
                throw failure("writing", temporary)
            }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        guard close(descriptor) == 0 else { throw failure("writing", temporary) }
        if isDurable { return try move(temporary, to: path) }
        guard rename(temporary, path) == 0 else { throw failure("replacing", path) }
    }

    /// Renames within one folder, and makes that durable.
    static func move(_ path: String, to target: String) throws {
        guard rename(path, target) == 0 else { throw failure("replacing", target) }
        try synchronizeFolder(of: target)
    }

    /// The bytes of a file; `nil` if there is none.
    ///
    /// - Parameter limit: how many there may be.
    package static func contents(of path: String, limit: Int = byteLimit) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("reading", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = retrying { read(descriptor, &buffer, buffer.count) }
            guard count >= 0 else { throw failure("reading", path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw SecurityError(
                    .file, "reading \(path): longer than \(limit) bytes, this is no file of swarmd's")
            }
        }
    }

    /// Removes a file, if it is there.
    package static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("removing", path) }
    }

    /// The names in a folder; none if there is no such folder.
    package static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("reading", path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt, path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let chunk = UnsafeRawBufferPointer(rebasing: rest)
                let count = retrying { write(descriptor, chunk.baseAddress, chunk.count) }
                guard count > 0 else { throw failure("writing", path) }
                rest = rest.dropFirst(count)
            }
        }
    }

    private static func synchronizeFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("writing", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("writing", folder) }
    }

    private static func retrying(_ call: () -> Int) -> Int {
        var result = call()
        while result < 0 && errno == EINTR { result = call() }
        return result
    }

    private static func failure(_ doing: String, _ path: String) -> SecurityError {
        let reason = String(cString: strerror(errno))
        return SecurityError(.file, "\(doing) \(path): \(reason)")
    }
}
