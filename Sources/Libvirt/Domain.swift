internal import CLibvirt

/// A virtual machine that libvirt knows. A value of this class is a reference to it: what it describes may be changed or
/// removed by others at any time, and calls then throw ``LibvirtError/Code/noDomain``.
public final class Domain: @unchecked Sendable {
    let handle: OpaquePointer
    /// The domain's name.
    public let name: String
    /// The domain's UUID, in its usual text form.
    public let uuid: String

    /// Takes over a handle that libvirt just returned.
    init(taking handle: OpaquePointer) throws(LibvirtError) {
        self.handle = handle
        // A throwing initializer does not run deinit: the handle is freed here then.
        do {
            name = try borrowString(virDomainGetName(handle), "read a domain's name")
            uuid = try readUUID("read a domain's UUID") { virDomainGetUUIDString(handle, $0) }
        } catch {
            virDomainFree(handle)
            throw error
        }
    }

    deinit {
        virDomainFree(handle)
    }

    static func title(inXML xml: String) -> String {
        elementTitle("domain", inXML: xml)
    }

    /// The number that libvirt gave to this run of the domain, nil while it does not run.
    public var id: Int? {
        get throws(LibvirtError) {
            // The handle remembers the id it was made with, so a fresh one is asked.
            guard let connection = virDomainGetConnect(handle),
                let fresh = virDomainLookupByUUIDString(connection, uuid)
            else { throw LibvirtError.last("read the id of domain \(name)") }
            defer { virDomainFree(fresh) }
            let id = virDomainGetID(fresh)
            return id == UInt32.max ? nil : Int(id)
        }
    }

    /// Whether it runs (paused counts).
    public var isActive: Bool {
        get throws(LibvirtError) { try checkBool(virDomainIsActive(handle), "ask whether domain \(name) runs") }
    }

    /// Whether it is defined, so that it outlives its run.
    public var isPersistent: Bool {
        get throws(LibvirtError) { try checkBool(virDomainIsPersistent(handle), "ask whether domain \(name) is persistent") }
    }

    /// The domain's document.
    /// - Parameter inactive: what the next start will use, instead of what runs now.
    public func xml(inactive: Bool = false) throws(LibvirtError) -> String {
        let flags = inactive ? VIR_DOMAIN_XML_INACTIVE.rawValue : 0
        return try takeString(virDomainGetXMLDesc(handle, flags), "read the definition of domain \(name)")
    }

    /// Whether it starts with the host.
    public var autostart: Bool {
        get throws(LibvirtError) {
            var flag: CInt = 0
            try check(virDomainGetAutostart(handle, &flag), "ask whether domain \(name) starts with the host")
            return flag != 0
        }
    }

    /// Sets whether it starts with the host.
    public func setAutostart(_ on: Bool) throws(LibvirtError) {
        try check(virDomainSetAutostart(handle, on ? 1 : 0), "set autostart of domain \(name)")
    }
}
