import CMount
import SwarmSecurity

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A folder whose files are in memory only and that only root enters: what is secret never gets to a disk.
struct MemoryFolder: Sendable {
    let path: String

    /// Makes it; where its place is on a disk, a file system in memory is mounted there.
    ///
    /// - Throws: where neither is possible.
    init(_ path: String) throws {
        self.path = path
        try FileSystem.makeFolder(path)
        guard !FileStatus.isInMemory(path) else { return }
        let flags = UInt(MS_NOSUID) | UInt(MS_NODEV) | UInt(MS_NOEXEC)
        guard mount("swarmd", path, "tmpfs", flags, "mode=0700") == 0, FileStatus.isInMemory(path) else {
            throw FileTrouble(
                "secrets and configs cannot be kept in memory: \(path) is on a disk, and mounting a tmpfs there failed: "
                    + "\(String(cString: strerror(errno))). Give swarmd a --run-dir on a tmpfs, such as /run/swarmd")
        }
    }
}

/// Files cannot be written as they are to be, for a reason that people can do something about.
struct FileTrouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
