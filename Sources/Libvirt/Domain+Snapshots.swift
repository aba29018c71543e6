internal import CLibvirt

extension Domain {
    /// Writes the domain's memory to a file and goes on with new layers on its disks, both as of one instant: what a
    /// `<domainsnapshot>` document with `<memory snapshot='external'>` and external disks describes. libvirt keeps no record of it.
    ///
    /// A domain that is paused stays paused; one that runs is paused meanwhile.
    public func snapshotExternally(xml: String) throws(LibvirtError) {
        let flags = VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA.rawValue | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC.rawValue
        let snapshot = try checkHandle(virDomainSnapshotCreateXML(handle, xml, flags), "take a snapshot of domain \(name)")
        virDomainSnapshotFree(snapshot)
    }
}

extension Connection {
    /// Starts a domain from a file of saved memory, paused.
    /// - Parameter xml: the domain's document to use instead of the saved one; it may differ in what the guest cannot see, the disks'
    ///   files for example.
    public func restoreDomainPaused(from path: String, xml: String) throws(LibvirtError) {
        try check(
            virDomainRestoreFlags(handle, path, xml, VIR_DOMAIN_SAVE_PAUSED.rawValue), "restore a domain from \(path)")
    }

    /// The document that a file of saved memory holds.
    public func savedDomainXML(in path: String) throws(LibvirtError) -> String {
        try takeString(
            virDomainSaveImageGetXMLDesc(handle, path, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE.rawValue), "read \(path)")
    }
}
