import CNetlink
import Glibc

extension RouteConnection {
    /// All interfaces of the namespace.
    public func links() throws(NetlinkError) -> [Link] {
        try socket.ask(NetlinkRequest(Int(RTM_GETLINK), flags: NLM_F_DUMP, ifinfomsg()), "list the links").compactMap { Link($0) }
    }

    /// The one of a name; nil where there is none.
    public func link(named name: String) throws(NetlinkError) -> Link? {
        var request = NetlinkRequest(Int(RTM_GETLINK), ifinfomsg())
        request.attributes.add(IFLA_IFNAME, text: name)
        do throws(NetlinkError) {
            return try socket.ask(request, "find the link \(name)").lazy.compactMap { Link($0) }.first
        } catch  where error.isAbsence {
            return nil
        }
    }

    /// Makes a bridge, down and without ports.
    ///
    /// - Parameter settings: what is not nil of them. A MAC given here is not changed by what comes to be a port, nor by udev.
    public func makeBridge(_ name: String, _ settings: LinkSettings = LinkSettings()) throws(NetlinkError) {
        try make(name, kind: "bridge", settings) { _ in }
    }

    /// Makes a VXLAN tunnel.
    public func makeVXLAN(_ name: String, _ tunnel: VXLAN, _ settings: LinkSettings = LinkSettings()) throws(NetlinkError) {
        try make(name, kind: VXLAN.kind, settings) { tunnel.write(&$0) }
    }

    /// Makes an interface of WireGuard, without a key or peers; `WireGuardConnection` gives it those.
    public func makeWireGuard(_ name: String, _ settings: LinkSettings = LinkSettings()) throws(NetlinkError) {
        try make(name, kind: "wireguard", settings) { _ in }
    }

    private func make(
        _ name: String, kind: String, _ settings: LinkSettings, _ fill: (inout AttributeList) -> Void
    ) throws(NetlinkError) {
        var header = ifinfomsg()
        (header.ifi_flags, header.ifi_change) = settings.flags
        var request = NetlinkRequest(Int(RTM_NEWLINK), flags: NLM_F_CREATE | NLM_F_EXCL, header)
        request.attributes.add(IFLA_IFNAME, text: name)
        request.attributes.append(settings.attributes)
        request.attributes.add(IFLA_LINKINFO, marked: false) { information in
            information.add(IFLA_INFO_KIND, Array(kind.utf8))
            information.add(IFLA_INFO_DATA, marked: false) { fill(&$0) }
        }
        try socket.ask(request, "make the \(kind) \(name)")
    }

    /// Changes what is not nil of the settings.
    public func set(_ link: Link, _ settings: LinkSettings) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_index = link.index
        (header.ifi_flags, header.ifi_change) = settings.flags
        var request = NetlinkRequest(Int(RTM_NEWLINK), header)
        request.attributes.append(settings.attributes)
        try socket.ask(request, "change the link \(link.name)")
    }

    /// Changes how a bridge treats a port of it.
    public func set(port link: Link, _ settings: BridgePort) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_index = link.index
        var request = NetlinkRequest(Int(RTM_NEWLINK), header)
        request.attributes.add(IFLA_LINKINFO, marked: false) { information in
            information.add(IFLA_INFO_SLAVE_KIND, Array("bridge".utf8))
            information.add(IFLA_INFO_SLAVE_DATA, marked: false) { settings.write(&$0) }
        }
        try socket.ask(request, "change the link \(link.name) as a port of its bridge")
    }

    /// Removes an interface; one that has gone already is no error.
    public func remove(_ link: Link) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_index = link.index
        do throws(NetlinkError) {
            try socket.ask(NetlinkRequest(Int(RTM_DELLINK), header), "remove the link \(link.name)")
        } catch  where error.isAbsence {}
    }
}
