internal import CLibvirt

extension StoragePool {
    /// The volume of this name, or nil when there is none.
    public func volume(named volume: String) throws(LibvirtError) -> StorageVolume? {
        guard
            let found = try lookUp(
                virStorageVolLookupByName(handle, volume), missing: .noStorageVolume,
                "look up volume \(volume) in storage pool \(name)")
        else { return nil }
        return try StorageVolume(taking: found)
    }

    /// All volumes.
    public func volumes() throws(LibvirtError) -> [StorageVolume] {
        try takeList("list the volumes of storage pool \(name)") { virStoragePoolListAllVolumes(handle, $0, 0) }
            .map { (found) throws(LibvirtError) in try StorageVolume(taking: found) }
    }

    /// Makes a volume after a `<volume>` document.
    /// - Throws: ``LibvirtError/Code/storageVolumeExists`` when there is one of that name.
    public func createVolume(xml: String) throws(LibvirtError) -> StorageVolume {
        try StorageVolume(
            taking: checkHandle(
                virStorageVolCreateXML(handle, xml, 0),
                "create \(elementTitle("volume", inXML: xml)) in storage pool \(name)"))
    }
}
