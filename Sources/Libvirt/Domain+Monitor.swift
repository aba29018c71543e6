internal import CLibvirt

extension Domain {
    /// Sends one command to QEMU's monitor (QMP) and returns its answer, both as JSON.
    ///
    /// QEMU's own refusals are answers, too: they come back as `{"error":…}`, not as a thrown error. libvirt marks the domain as
    /// tainted by this.
    public func monitorCommand(_ json: String) throws(LibvirtError) -> String {
        var answer: UnsafeMutablePointer<CChar>?
        let status = virDomainQemuMonitorCommand(handle, json, &answer, 0)
        try check(status, "send a monitor command to domain \(name)")
        return try takeString(answer, "read the monitor's answer of domain \(name)")
    }

    /// The same, with open files for QEMU to have (`getfd`, `add-fd`). Local connections only; the caller keeps its descriptors.
    public func monitorCommand(_ json: String, files: [CInt]) throws(LibvirtError) -> String {
        var answer: UnsafeMutablePointer<CChar>?
        var descriptors = files.map { UInt32(bitPattern: $0) }
        let status = virDomainQemuMonitorCommandWithFiles(
            handle, json, UInt32(descriptors.count), &descriptors, nil, nil, &answer, 0)
        try check(status, "send a monitor command with files to domain \(name)")
        return try takeString(answer, "read the monitor's answer of domain \(name)")
    }
}
