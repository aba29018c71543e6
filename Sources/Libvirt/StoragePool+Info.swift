internal import CLibvirt

/// How full a storage pool is, in bytes.
public struct StoragePoolInfo: Hashable, Sendable {
    /// What it can hold.
    public var capacity: UInt64
    /// What is used.
    public var allocation: UInt64
    /// What is free.
    public var available: UInt64

    /// Figures of these parts.
    public init(capacity: UInt64, allocation: UInt64, available: UInt64) {
        (self.capacity, self.allocation, self.available) = (capacity, allocation, available)
    }
}

extension StoragePool {
    /// How full it is. Figures are as of the last start or ``refresh()``.
    public var info: StoragePoolInfo {
        get throws(LibvirtError) {
            var info = virStoragePoolInfo()
            try check(virStoragePoolGetInfo(handle, &info), "read how full storage pool \(name) is")
            return StoragePoolInfo(capacity: info.capacity, allocation: info.allocation, available: info.available)
        }
    }
}
