import CNetlink
import Glibc

/// Where packets for a block of addresses go.
public struct Route: Sendable, Hashable {
    /// The block; a length of 0 stands for everything.
    public var destination: IPPrefix
    /// The router; nil where the addresses are on the link itself.
    public var gateway: IPAddress?
    /// Index of the link.
    public var link: Int32
    /// The host's address that packets of its own have; nil for what the kernel thinks best.
    public var source: IPAddress?
    /// Number of the table.
    public var table: UInt32

    /// The table that is looked into without a rule.
    public static let mainTable = UInt32(RT_TABLE_MAIN.rawValue)

    public init(
        _ destination: IPPrefix, via gateway: IPAddress? = nil, link: Int32, source: IPAddress? = nil, table: UInt32 = mainTable
    ) {
        self.destination = destination
        self.gateway = gateway
        self.link = link
        self.source = source
        self.table = table
    }

    /// Nil for routes other than to hosts through one link: local and broadcast ones, several ways at once.
    init?(_ message: NetlinkMessage) {
        guard message.type == Int(RTM_NEWROUTE) || message.type == Int(RTM_DELROUTE),
            let (header, rest) = message.payload.structure(rtmsg.self), Int(header.rtm_type) == RTN_UNICAST,
            header.rtm_family == UInt8(AF_INET) || header.rtm_family == UInt8(AF_INET6),
            header.rtm_flags & UInt32(RTM_F_CLONED) == 0
        else { return nil }
        let attributes = Attributes(rest)
        let nothing = IPAddress(bytes: [UInt8](repeating: 0, count: header.rtm_family == UInt8(AF_INET) ? 4 : 16))
        guard let link: Int32 = attributes.number(Int(RTA_OIF.rawValue)),
            let address = attributes.address(Int(RTA_DST.rawValue)) ?? nothing
        else { return nil }
        self.init(
            IPPrefix(address, length: Int(header.rtm_dst_len)), via: attributes.address(Int(RTA_GATEWAY.rawValue)), link: link,
            source: attributes.address(Int(RTA_PREFSRC.rawValue)),
            table: attributes.number(Int(RTA_TABLE.rawValue)) ?? UInt32(header.rtm_table))
    }

    func request(_ type: Int, flags: Int32 = 0) -> NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = destination.address.family
        header.rtm_dst_len = UInt8(destination.length)
        header.rtm_protocol = UInt8(RTPROT_STATIC)
        header.rtm_type = UInt8(RTN_UNICAST)
        header.rtm_scope = UInt8(
            (type == Int(RTM_DELROUTE) ? RT_SCOPE_NOWHERE : gateway == nil ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE).rawValue)
        var request = NetlinkRequest(type, flags: flags, header)
        request.attributes.add(Int(RTA_TABLE.rawValue), native: table)
        if destination.length > 0 { request.attributes.add(Int(RTA_DST.rawValue), destination.address.bytes) }
        if let gateway { request.attributes.add(Int(RTA_GATEWAY.rawValue), gateway.bytes) }
        if let source { request.attributes.add(Int(RTA_PREFSRC.rawValue), source.bytes) }
        request.attributes.add(Int(RTA_OIF.rawValue), native: link)
        return request
    }
}

extension RouteConnection {
    /// The routes of IPv4, or of IPv6, in a table.
    public func routes(table: UInt32 = Route.mainTable, ipv6: Bool = false) throws(NetlinkError) -> [Route] {
        var header = rtmsg()
        header.rtm_family = UInt8(ipv6 ? AF_INET6 : AF_INET)
        return try socket.ask(NetlinkRequest(Int(RTM_GETROUTE), flags: NLM_F_DUMP, header), "list the routes")
            .compactMap { Route($0) }.filter { $0.table == table }
    }

    /// Says where packets for a block go, whatever its table had for that.
    public func replace(_ route: Route) throws(NetlinkError) {
        try socket.ask(
            route.request(Int(RTM_NEWROUTE), flags: NLM_F_CREATE | NLM_F_REPLACE),
            "route \(route.destination) in the table \(route.table)")
    }

    /// Removes a route; one that has gone already is no error.
    public func remove(_ route: Route) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(route.request(Int(RTM_DELROUTE)), "route \(route.destination) in the table \(route.table) no longer")
        } catch  where error.isAbsence {}
    }
}
