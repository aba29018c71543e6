import Foundation

/// A machine that was booted once, frozen when its engine answered, and of which machines are forked.
///
/// It lies in libvirt's pool: `template-DIGEST.qcow2` (its disk's layer), `.ram` (its memory, where forks share that), `.state`
/// (processors and devices, and the memory where forks do not share it), and, written last, `.json` (this).
public struct Template: Codable, Sendable, Equatable {
    /// The first 12 hexadecimal digits of the SHA-256 of all that the template depends upon.
    public var digest: String
    /// Digest of the guest image.
    public var image: String
    /// Mebibytes.
    public var memoryMiB: Int
    public var cpus: Int
    /// Whether forks have the template's memory until they write to it; else each has a copy of its own.
    public var sharesMemory: Bool
    /// Digest of the disk with the orchestrator that runs in it; nil where it is the engine.
    public var injected: String?
    public var created: Date
    /// Hexadecimal SHA-256 of the state.
    var stateDigest: String
    /// When the disk, the memory and the state were last written, as libvirt says it: later means damaged.
    var diskModified: String
    var memoryModified: String?
    var stateModified: String
    /// Bytes on disk.
    public internal(set) var size: UInt64 = 0
    /// The machines whose disks are layered upon it, and what hangs on them.
    public internal(set) var users: [String] = []

    enum CodingKeys: String, CodingKey {
        case digest, image, memoryMiB, cpus, sharesMemory, injected, created, stateDigest, diskModified, memoryModified,
            stateModified
    }

    /// Whether templates may be such that forks share their memory: `SWARMLAB_TEMPLATE_MEMORY=copied` says no, for hosts where
    /// QEMU could share it and had better not.
    static var mayShareMemory: Bool {
        ProcessInfo.processInfo.environment["SWARMLAB_TEMPLATE_MEMORY"] != "copied"
    }
}
