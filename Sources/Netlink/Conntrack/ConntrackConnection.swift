import CNetlink
import Glibc

/// What the kernel's firewall knows of connections (ctnetlink), in the network namespace of the thread that makes this.
public struct ConntrackConnection: Sendable {
    private let socket: NetlinkSocket

    public init() throws(NetlinkError) { socket = try NetlinkSocket(NETLINK_NETFILTER) }

    /// All connections of IPv4, or of IPv6.
    public func connections(ipv6: Bool = false) throws(NetlinkError) -> [Connection] {
        var header = nfgenmsg()
        header.nfgen_family = UInt8(ipv6 ? AF_INET6 : AF_INET)
        let type = Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_GET.rawValue)
        return try socket.ask(NetlinkRequest(type, flags: NLM_F_DUMP, header), "list the tracked connections").compactMap {
            Connection($0)
        }
    }

    /// Forgets connections, so that their next packet is taken for the first of a new one, and is sent where the rules then say.
    ///
    /// - Parameters:
    ///   - replySources: who answers them: after a translation, the addresses that were picked.
    ///   - originalDestination: what they were meant for; nil for anything.
    ///   - transport: `IPPROTO_UDP` and the like; nil for any.
    /// - Returns: how many were forgotten.
    @discardableResult
    public func forget(
        repliesFrom replySources: Set<IPAddress>, originalDestination: IPAddress? = nil, transport: UInt8? = nil
    ) throws(NetlinkError) -> Int {
        guard !replySources.isEmpty else { return 0 }
        var count = 0
        for ipv6 in Set(replySources.map { !$0.isIPv4 }) {
            for connection in try connections(ipv6: ipv6)
            where replySources.contains(connection.reply.source) && transport.map({ $0 == connection.original.transport }) ?? true
                && originalDestination.map({ $0 == connection.original.destination }) ?? true
            { if try forget(connection) { count += 1 } }
        }
        return count
    }

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
