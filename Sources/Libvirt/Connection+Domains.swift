internal import CLibvirt

extension Connection {
    /// The domain of this name, or nil when there is none.
    public func domain(named name: String) throws(LibvirtError) -> Domain? {
        guard
            let found = try lookUp(
                virDomainLookupByName(handle, name), missing: .noDomain, "look up domain \(name)")
        else { return nil }
        return try Domain(taking: found)
    }

    /// The domain with this UUID (in its usual text form), or nil when there is none.
    public func domain(uuid: String) throws(LibvirtError) -> Domain? {
        guard
            let found = try lookUp(
                virDomainLookupByUUIDString(handle, uuid), missing: .noDomain, "look up domain \(uuid)")
        else { return nil }
        return try Domain(taking: found)
    }

    /// All domains, running or not.
    public func domains() throws(LibvirtError) -> [Domain] {
        try takeList("list domains") { virConnectListAllDomains(handle, $0, 0) }
            .map { (found) throws(LibvirtError) in try Domain(taking: found) }
    }

    /// Defines a persistent domain, or redefines the one that has the document's name and UUID. It is not started.
    /// - Throws: ``LibvirtError/Code/operationFailed`` when the name is taken by a domain with another UUID.
    public func defineDomain(xml: String) throws(LibvirtError) -> Domain {
        try Domain(taking: checkHandle(virDomainDefineXML(handle, xml), "define \(Domain.title(inXML: xml))"))
    }

    /// Creates and starts a transient domain: it is gone when it stops.
    /// - Parameter paused: leave its processors halted until ``Domain/resume()``.
    public func createDomain(xml: String, paused: Bool = false) throws(LibvirtError) -> Domain {
        let flags = paused ? VIR_DOMAIN_START_PAUSED.rawValue : 0
        return try Domain(
            taking: checkHandle(virDomainCreateXML(handle, xml, flags), "start \(Domain.title(inXML: xml))"))
    }
}
