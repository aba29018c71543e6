internal import CLibvirt

/// A virtual network of libvirt's: a bridge, with DHCP and DNS by dnsmasq and perhaps NAT.
public final class Network: @unchecked Sendable {
    let handle: OpaquePointer
    /// The network's name.
    public let name: String
    /// The network's UUID, in its usual text form.
    public let uuid: String

    /// Takes over a handle that libvirt just returned.
    init(taking handle: OpaquePointer) throws(LibvirtError) {
        self.handle = handle
        do {
            name = try borrowString(virNetworkGetName(handle), "read a network's name")
            uuid = try readUUID("read a network's UUID") { virNetworkGetUUIDString(handle, $0) }
        } catch {
            virNetworkFree(handle)
            throw error
        }
    }

    deinit {
        virNetworkFree(handle)
    }

    /// Whether it is up.
    public var isActive: Bool {
        get throws(LibvirtError) { try checkBool(virNetworkIsActive(handle), "ask whether network \(name) is up") }
    }

    /// Whether it is defined, so that it outlives its run.
    public var isPersistent: Bool {
        get throws(LibvirtError) {
            try checkBool(virNetworkIsPersistent(handle), "ask whether network \(name) is persistent")
        }
    }

    /// The name of the host's bridge device.
    public var bridgeName: String {
        get throws(LibvirtError) { try takeString(virNetworkGetBridgeName(handle), "read the bridge of network \(name)") }
    }

    /// The network's document.
    /// - Parameter inactive: what the next start will use, instead of what is up now.
    public func xml(inactive: Bool = false) throws(LibvirtError) -> String {
        let flags = inactive ? VIR_NETWORK_XML_INACTIVE.rawValue : 0
        return try takeString(virNetworkGetXMLDesc(handle, flags), "read the definition of network \(name)")
    }

    /// Brings it up: bridge, addresses, dnsmasq, firewall rules.
    /// - Throws: ``LibvirtError/Code/operationInvalid`` when it is up, ``LibvirtError/Code/internalError`` when its addresses are
    ///   in use on another interface of the host's.
    public func start() throws(LibvirtError) {
        try check(virNetworkCreate(handle), "start network \(name)")
    }

    /// Takes it down; domains on it lose their link until it is up again and they are reconnected.
    public func destroy() throws(LibvirtError) {
        try check(virNetworkDestroy(handle), "stop network \(name)")
    }

    /// Removes the definition.
    public func undefine() throws(LibvirtError) {
        try check(virNetworkUndefine(handle), "remove network \(name)")
    }

    /// Sets whether it comes up with the host.
    public func setAutostart(_ on: Bool) throws(LibvirtError) {
        try check(virNetworkSetAutostart(handle, on ? 1 : 0), "set autostart of network \(name)")
    }

    /// Whether it comes up with the host.
    public var autostart: Bool {
        get throws(LibvirtError) {
            var flag: CInt = 0
            try check(virNetworkGetAutostart(handle, &flag), "ask whether network \(name) comes up with the host")
            return flag != 0
        }
    }
}
