internal import CLibvirt

extension Domain {
    /// Keeps an element of ours with the domain, in place of the one kept under the same namespace.
    /// - Parameters:
    ///   - xml: the element; nil removes what is there.
    ///   - prefix: the namespace prefix that libvirt writes.
    ///   - namespace: the URI that the element is kept under.
    ///   - live: for as long as this run lasts.
    ///   - config: in the definition.
    public func setMetadata(
        _ xml: String?, prefix: String, namespace: String, live: Bool = false, config: Bool = true
    ) throws(LibvirtError) {
        try check(
            virDomainSetMetadata(
                handle, CInt(VIR_DOMAIN_METADATA_ELEMENT.rawValue), xml, prefix, namespace,
                impact(live: live, config: config)),
            "keep metadata with domain \(name)")
    }

    /// The element that is kept with the domain under this namespace, nil when there is none.
    /// - Parameter inactive: out of the definition, instead of the running domain where it runs.
    public func metadata(namespace: String, inactive: Bool = true) throws(LibvirtError) -> String? {
        let text = virDomainGetMetadata(
            handle, CInt(VIR_DOMAIN_METADATA_ELEMENT.rawValue), namespace, impact(live: false, config: inactive))
        if text == nil {
            let error = LibvirtError.last("read the metadata of domain \(name)")
            if error.code == .noDomainMetadata { return nil }
            throw error
        }
        return try takeString(text, "read the metadata of domain \(name)")
    }

    /// Sets the domain's description, which `virsh desc` shows; nil removes it.
    public func setDescription(_ text: String?) throws(LibvirtError) {
        try check(
            virDomainSetMetadata(
                handle, CInt(VIR_DOMAIN_METADATA_DESCRIPTION.rawValue), text, nil, nil, impact(live: false, config: true)),
            "describe domain \(name)")
    }
}
