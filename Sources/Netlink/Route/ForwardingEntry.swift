import CNetlink
import Glibc

/// Where frames for an Ethernet address go.
public struct ForwardingEntry: Sendable, Hashable {
    /// Index of the interface: the tunnel, or the port of a bridge.
    public var link: Int32
    public var mac: MACAddress
    public var table: Table
    public var lifetime: Lifetime

    public enum Table: Sendable, Hashable {
        /// The tunnel's own, where the other end is; nil where it is not told.
        case tunnel(IPAddress?)
        /// That of the bridge which the link is a port of.
        case bridge
    }

    public enum Lifetime: Sendable, Hashable {
        /// Learnt, and forgotten after a while.
        case learnt
        /// Somebody said so.
        case fixed
        /// The interface's own address.
        case own
    }

    public init(link: Int32, mac: MACAddress, table: Table, lifetime: Lifetime = .fixed) {
        self.link = link
        self.mac = mac
        self.table = table
        self.lifetime = lifetime
    }

    init?(_ message: NetlinkMessage) {
        guard message.type == Int(RTM_NEWNEIGH) || message.type == Int(RTM_DELNEIGH),
            let (header, rest) = message.payload.structure(ndmsg.self), header.ndm_family == UInt8(AF_BRIDGE)
        else { return nil }
        let attributes = Attributes(rest)
        guard let mac = attributes.mac(Int(NDA_LLADDR)) else { return nil }
        let isTunnel = header.ndm_flags & UInt8(NTF_SELF) != 0
        let state = Int32(header.ndm_state)
        let lifetime: Lifetime
        if isTunnel {
            lifetime = state & (NUD_PERMANENT | NUD_NOARP) != 0 ? .fixed : .learnt
        } else {
            lifetime = state & NUD_PERMANENT != 0 ? .own : state & NUD_NOARP != 0 ? .fixed : .learnt
        }
        self.init(
            link: header.ndm_ifindex, mac: mac, table: isTunnel ? .tunnel(attributes.address(Int(NDA_DST))) : .bridge,
            lifetime: lifetime)
    }

    func request(_ type: Int, flags: Int32 = 0) -> NetlinkRequest {
        var header = ndmsg()
        header.ndm_family = UInt8(AF_BRIDGE)
        header.ndm_ifindex = link
        var destination: IPAddress?
        switch table {
        case .tunnel(let address):
            destination = address
            header.ndm_flags = UInt8(NTF_SELF)
            header.ndm_state = UInt16(lifetime == .learnt ? NUD_REACHABLE : NUD_PERMANENT)
        case .bridge:
            header.ndm_flags = UInt8(NTF_MASTER)
            header.ndm_state = UInt16(lifetime == .own ? NUD_PERMANENT : lifetime == .fixed ? NUD_NOARP : NUD_REACHABLE)
        }
        var request = NetlinkRequest(type, flags: flags, header)
        request.attributes.add(Int(NDA_LLADDR), mac.bytes)
        if let destination { request.attributes.add(Int(NDA_DST), destination.bytes) }
        return request
    }
}

extension RouteConnection {
    /// The forwarding tables of all bridges and tunnels. Bridges list an address once per VLAN.
    public func forwardingEntries() throws(NetlinkError) -> [ForwardingEntry] {
        var header = ndmsg()
        header.ndm_family = UInt8(AF_BRIDGE)
        return try socket.ask(NetlinkRequest(Int(RTM_GETNEIGH), flags: NLM_F_DUMP, header), "list the forwarding tables")
            .compactMap { ForwardingEntry($0) }
    }

    /// Says where frames go, whatever was known of it.
    public func replace(_ entry: ForwardingEntry) throws(NetlinkError) {
        try socket.ask(
            entry.request(Int(RTM_NEWNEIGH), flags: NLM_F_CREATE | NLM_F_REPLACE),
            "forward \(entry.mac) to the link \(entry.link)")
    }

    /// Forgets where frames go; that nothing is known is no error.
    public func remove(_ entry: ForwardingEntry) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(entry.request(Int(RTM_DELNEIGH)), "forward \(entry.mac) to the link \(entry.link) no longer")
        } catch  where error.isAbsence {}
    }
}
