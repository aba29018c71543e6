internal import CLibvirt

extension Connection {
    /// The network of this name, or nil when there is none.
    public func network(named name: String) throws(LibvirtError) -> Network? {
        guard
            let found = try lookUp(
                virNetworkLookupByName(handle, name), missing: .noNetwork, "look up network \(name)")
        else { return nil }
        return try Network(taking: found)
    }

    /// All networks, active or not.
    public func networks() throws(LibvirtError) -> [Network] {
        try takeList("list networks") { virConnectListAllNetworks(handle, $0, 0) }
            .map { (found) throws(LibvirtError) in try Network(taking: found) }
    }

    /// Defines a persistent network, or redefines the one that has the document's name and UUID. It is not started.
    public func defineNetwork(xml: String) throws(LibvirtError) -> Network {
        try Network(
            taking: checkHandle(
                virNetworkDefineXML(handle, xml), "define \(elementTitle("network", inXML: xml))"))
    }
}
