internal import CLibvirt

extension Domain {
    /// Makes a disk of the running domain larger; the guest is told.
    /// - Parameters:
    ///   - disk: its target (`vda`).
    ///   - bytes: its new capacity.
    public func resizeDisk(_ disk: String, bytes: UInt64) throws(LibvirtError) {
        try check(
            virDomainBlockResize(handle, disk, bytes, VIR_DOMAIN_BLOCK_RESIZE_BYTES.rawValue),
            "resize disk \(disk) of domain \(name)")
    }
}
