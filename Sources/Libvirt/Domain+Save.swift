internal import CLibvirt

extension Domain {
    /// Writes the memory to a file of the host's and stops the domain.
    public func save(to path: String) throws(LibvirtError) {
        try check(virDomainSave(handle, path), "save domain \(name) to \(path)")
    }

    /// Writes the memory to a file that libvirt keeps, and stops the domain. The next start continues there.
    /// - Parameter running: let it run after that start, even if it is paused now.
    public func managedSave(running: Bool = false) throws(LibvirtError) {
        try check(
            virDomainManagedSave(handle, running ? VIR_DOMAIN_SAVE_RUNNING.rawValue : 0), "save domain \(name)")
    }

    /// Whether there is memory saved by ``managedSave()``.
    public var hasManagedSave: Bool {
        get throws(LibvirtError) {
            try checkBool(virDomainHasManagedSaveImage(handle, 0), "ask whether domain \(name) is saved")
        }
    }

    /// Forgets the memory saved by ``managedSave()``, so that the next start boots.
    public func removeManagedSave() throws(LibvirtError) {
        try check(virDomainManagedSaveRemove(handle, 0), "remove the saved memory of domain \(name)")
    }
}

extension Connection {
    /// Starts a domain again from a file that ``Domain/save(to:)`` wrote.
    public func restoreDomain(from path: String) throws(LibvirtError) {
        try check(virDomainRestore(handle, path), "restore a domain from \(path)")
    }
}
