internal import CLibvirt

extension Domain {
    /// Adds a device.
    /// - Parameters:
    ///   - xml: one device element, as it would stand inside `<devices>`.
    ///   - live: plug it into the running domain.
    ///   - config: add it to the definition.
    public func attachDevice(xml: String, live: Bool, config: Bool) throws(LibvirtError) {
        try check(
            virDomainAttachDeviceFlags(handle, xml, impact(live: live, config: config)), "attach a device to domain \(name)")
    }

    /// Removes a device. On a running domain this only asks the guest to let it go: watch ``xml(inactive:)`` for the effect.
    /// - Throws: ``LibvirtError/Code/deviceMissing`` when the domain has no such device.
    public func detachDevice(xml: String, live: Bool, config: Bool) throws(LibvirtError) {
        try check(
            virDomainDetachDeviceFlags(handle, xml, impact(live: live, config: config)),
            "detach a device from domain \(name)")
    }

    /// Changes a device that the domain has, found by what identifies it (MAC address, disk target).
    public func updateDevice(xml: String, live: Bool, config: Bool) throws(LibvirtError) {
        try check(
            virDomainUpdateDeviceFlags(handle, xml, impact(live: live, config: config)), "change a device of domain \(name)")
    }
}
