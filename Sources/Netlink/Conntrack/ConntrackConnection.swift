import CNetlink
import Glibc

/// What the kernel's firewall knows of connections (ctnetlink), in the network namespace of the thread that makes this.
public struct ConntrackConnection: Sendable {
    private let socket: NetlinkSocket

    public init() throws(NetlinkError) { socket = try NetlinkSocket(NETLINK_NETFILTER) }

    /// All connections of IPv4, or of IPv6.
    ///
    /// - Parameter transport: `IPPROTO_UDP` and the like: those of others are left out, which may be very many more. Kernels before 5.8
    ///   tell of all.
    public func connections(ipv6: Bool = false, transport: UInt8? = nil) throws(NetlinkError) -> [Connection] {
        var header = nfgenmsg()
        header.nfgen_family = UInt8(ipv6 ? AF_INET6 : AF_INET)
        var request = NetlinkRequest(
            Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_GET.rawValue), flags: NLM_F_DUMP, header)
        if let transport {
            request.attributes.add(Int(CTA_TUPLE_ORIG.rawValue)) {
                $0.add(Int(CTA_TUPLE_PROTO.rawValue)) { $0.add(Int(CTA_PROTO_NUM.rawValue), native: transport) }
            }
            request.attributes.add(Int(CTA_FILTER.rawValue)) {
                $0.add(Int(CTA_FILTER_ORIG_FLAGS.rawValue), native: Self.filtersByTransport)
            }
        }
        return try socket.ask(request, "list the tracked connections").compactMap { Connection($0) }
    }

    /// The kernel's `CTA_FILTER_F_CTA_PROTO_NUM`, which stands in none of its headers for programs.
    private static let filtersByTransport: UInt32 = 1 << 3

    /// Forgets a connection.
    ///
    /// - Returns: whether it was still known.
    @discardableResult
    public func forget(_ connection: Connection) throws(NetlinkError) -> Bool {
        do throws(NetlinkError) {
            try socket.ask(connection.removal, "forget the connection to \(connection.original.destination)")
            return true
        } catch  where error.isAbsence {
            return false
        }
    }
}
