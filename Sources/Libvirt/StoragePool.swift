internal import CLibvirt

/// A place where libvirt keeps disks: in our use a directory.
public final class StoragePool: @unchecked Sendable {
    let handle: OpaquePointer
    /// The pool's name.
    public let name: String
    /// The pool's UUID, in its usual text form.
    public let uuid: String

    /// Takes over a handle that libvirt just returned.
    init(taking handle: OpaquePointer) throws(LibvirtError) {
        self.handle = handle
        do {
            name = try borrowString(virStoragePoolGetName(handle), "read a storage pool's name")
            uuid = try readUUID("read a storage pool's UUID") { virStoragePoolGetUUIDString(handle, $0) }
        } catch {
            virStoragePoolFree(handle)
            throw error
        }
    }

    deinit {
        virStoragePoolFree(handle)
    }

    /// Whether it is started.
    public var isActive: Bool {
        get throws(LibvirtError) {
            try checkBool(virStoragePoolIsActive(handle), "ask whether storage pool \(name) is started")
        }
    }

    /// Makes what the pool needs (its directory).
    public func build() throws(LibvirtError) {
        try check(virStoragePoolBuild(handle, 0), "build storage pool \(name)")
    }

    /// Starts it; volumes can be used then.
    public func start() throws(LibvirtError) {
        try check(virStoragePoolCreate(handle, 0), "start storage pool \(name)")
    }

    /// Stops it; files stay.
    public func destroy() throws(LibvirtError) {
        try check(virStoragePoolDestroy(handle), "stop storage pool \(name)")
    }

    /// Removes the definition; files stay.
    public func undefine() throws(LibvirtError) {
        try check(virStoragePoolUndefine(handle), "remove storage pool \(name)")
    }

    /// Removes what ``build()`` made: the directory, when it is empty. The pool must be stopped.
    public func delete() throws(LibvirtError) {
        try check(virStoragePoolDelete(handle, 0), "delete storage pool \(name)")
    }

    /// Sets whether it starts with the host.
    public func setAutostart(_ on: Bool) throws(LibvirtError) {
        try check(virStoragePoolSetAutostart(handle, on ? 1 : 0), "set autostart of storage pool \(name)")
    }

    /// Looks again at which volumes there are; needed after files were made or removed behind libvirt's back.
    public func refresh() throws(LibvirtError) {
        try check(virStoragePoolRefresh(handle, 0), "refresh storage pool \(name)")
    }

    /// The pool's document.
    public func xml() throws(LibvirtError) -> String {
        try takeString(virStoragePoolGetXMLDesc(handle, 0), "read the definition of storage pool \(name)")
    }

    /// The directory (or device) that volumes are kept in, nil for the kinds of pool that have none.
    public var targetPath: String? {
        get throws(LibvirtError) { XMLText.text(at: "target", "path", in: try xml()) }
    }
}
