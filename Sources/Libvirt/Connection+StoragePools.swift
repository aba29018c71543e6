internal import CLibvirt

extension Connection {
    /// The storage pool of this name, or nil when there is none.
    public func storagePool(named name: String) throws(LibvirtError) -> StoragePool? {
        guard
            let found = try lookUp(
                virStoragePoolLookupByName(handle, name), missing: .noStoragePool, "look up storage pool \(name)")
        else { return nil }
        return try StoragePool(taking: found)
    }

    /// All storage pools, active or not.
    public func storagePools() throws(LibvirtError) -> [StoragePool] {
        try takeList("list storage pools") { virConnectListAllStoragePools(handle, $0, 0) }
            .map { (found) throws(LibvirtError) in try StoragePool(taking: found) }
    }

    /// Defines a persistent storage pool. It is neither built nor started.
    public func defineStoragePool(xml: String) throws(LibvirtError) -> StoragePool {
        try StoragePool(
            taking: checkHandle(
                virStoragePoolDefineXML(handle, xml, 0), "define \(elementTitle("storage pool", inXML: xml))"))
    }
}
