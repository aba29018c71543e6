import CNetlink

/// The kernel's links, addresses, neighbours and forwarding tables (rtnetlink), in the network namespace of the thread
/// that makes the connection.
///
/// Calls return when the kernel has done what was asked for, in microseconds as a rule: but they wait for other programs' changes.
/// All throw `NetlinkError`. Several tasks may use one connection; their calls go one after another.
public struct RouteConnection: Sendable {
    let socket: NetlinkSocket

    public init() throws(NetlinkError) { socket = try NetlinkSocket(NETLINK_ROUTE) }
}
