import CMount

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// What the system says of a path.
enum FileStatus {
    /// Whether there is something, be it a link that leads nowhere.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether what is written there stays in memory.
    static func isInMemory(_ path: String) -> Bool {
        var status = statfs()
        guard statfs(path, &status) == 0 else { return false }
        // TMPFS_MAGIC and RAMFS_MAGIC
        return [0x0102_1994, 0x8584_58f6].contains(UInt32(truncatingIfNeeded: status.f_type))
    }
}
