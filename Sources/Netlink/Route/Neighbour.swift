import CNetlink
import Glibc

/// Who has an address, as an interface knows it (ARP, or said by somebody).
public struct Neighbour: Sendable, Hashable {
    /// Index of the interface.
    public var link: Int32
    public var address: IPAddress
    /// Nil while it is being asked for, or nobody has answered.
    public var mac: MACAddress?
    /// Whether somebody said so: it is neither asked for nor forgotten.
    public var isPermanent: Bool

    public init(link: Int32, address: IPAddress, mac: MACAddress?, isPermanent: Bool = true) {
        self.link = link
        self.address = address
        self.mac = mac
        self.isPermanent = isPermanent
    }

    init?(_ message: NetlinkMessage) {
        guard message.type == Int(RTM_NEWNEIGH) || message.type == Int(RTM_DELNEIGH),
            let (header, rest) = message.payload.structure(ndmsg.self),
            header.ndm_family == UInt8(AF_INET) || header.ndm_family == UInt8(AF_INET6)
        else { return nil }
        let attributes = Attributes(rest)
        guard let address = attributes.address(Int(NDA_DST)) else { return nil }
        self.init(
            link: header.ndm_ifindex, address: address, mac: attributes.mac(Int(NDA_LLADDR)),
            isPermanent: header.ndm_state & UInt16(NUD_PERMANENT) != 0)
    }

    func request(_ type: Int, flags: Int32 = 0) -> NetlinkRequest {
        var header = ndmsg()
        header.ndm_family = address.family
        header.ndm_ifindex = link
        header.ndm_state = UInt16(isPermanent ? NUD_PERMANENT : NUD_REACHABLE)
        var request = NetlinkRequest(type, flags: flags, header)
        request.attributes.add(Int(NDA_DST), address.bytes)
        if let mac { request.attributes.add(Int(NDA_LLADDR), mac.bytes) }
        return request
    }
}

extension RouteConnection {
    /// All neighbours of IPv4, or of IPv6.
    public func neighbours(ipv6: Bool = false) throws(NetlinkError) -> [Neighbour] {
        var header = ndmsg()
        header.ndm_family = UInt8(ipv6 ? AF_INET6 : AF_INET)
        return try socket.ask(NetlinkRequest(Int(RTM_GETNEIGH), flags: NLM_F_DUMP, header), "list the neighbours")
            .compactMap { Neighbour($0) }
    }

    /// Says who has an address, whatever was known of it.
    public func replace(_ neighbour: Neighbour) throws(NetlinkError) {
        try socket.ask(
            neighbour.request(Int(RTM_NEWNEIGH), flags: NLM_F_CREATE | NLM_F_REPLACE),
            "name the neighbour \(neighbour.address) of the link \(neighbour.link)")
    }

    /// Forgets who has an address; that nothing is known is no error.
    public func remove(_ neighbour: Neighbour) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(
                neighbour.request(Int(RTM_DELNEIGH)), "forget the neighbour \(neighbour.address) of the link \(neighbour.link)")
        } catch  where error.isAbsence {}
    }
}
