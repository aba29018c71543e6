internal import CLibvirt

/// A disk that libvirt keeps in a storage pool.
public final class StorageVolume: @unchecked Sendable {
    let handle: OpaquePointer
    /// The volume's name, unique in its pool.
    public let name: String
    /// The volume's key, unique on the host.
    public let key: String

    /// Takes over a handle that libvirt just returned.
    init(taking handle: OpaquePointer) throws(LibvirtError) {
        self.handle = handle
        do {
            name = try borrowString(virStorageVolGetName(handle), "read a volume's name")
            key = try borrowString(virStorageVolGetKey(handle), "read a volume's key")
        } catch {
            virStorageVolFree(handle)
            throw error
        }
    }

    deinit {
        virStorageVolFree(handle)
    }

    /// The file on the host.
    public var path: String {
        get throws(LibvirtError) { try takeString(virStorageVolGetPath(handle), "read the path of volume \(name)") }
    }

    /// How large it is.
    public var info: StorageVolumeInfo {
        get throws(LibvirtError) {
            var info = virStorageVolInfo()
            try check(virStorageVolGetInfo(handle, &info), "read the size of volume \(name)")
            return StorageVolumeInfo(capacity: info.capacity, allocation: info.allocation)
        }
    }

    /// The volume's document.
    public func xml() throws(LibvirtError) -> String {
        try takeString(virStorageVolGetXMLDesc(handle, 0), "read the description of volume \(name)")
    }

    /// Removes it, file and all.
    public func delete() throws(LibvirtError) {
        try check(virStorageVolDelete(handle, 0), "delete volume \(name)")
    }

    /// Makes it larger.
    /// - Parameter bytes: its new capacity; shrinking is refused.
    public func resize(_ bytes: UInt64) throws(LibvirtError) {
        try check(virStorageVolResize(handle, bytes, 0), "resize volume \(name)")
    }
}

/// How large a volume is, in bytes.
public struct StorageVolumeInfo: Hashable, Sendable {
    /// What the guest sees.
    public var capacity: UInt64
    /// What it takes on the host.
    public var allocation: UInt64

    /// A size of these parts.
    public init(capacity: UInt64, allocation: UInt64) {
        (self.capacity, self.allocation) = (capacity, allocation)
    }
}
