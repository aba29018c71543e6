import NIOPosix
import Netlink

/// Makes this node's kernel as a `LinkPlan` says: bridges and tunnels of overlay networks, with what belongs to them.
///
/// It reads what there is and changes only what differs, so it repairs what others have changed, and takes next to nothing where
/// nothing has. Links whose names begin with `swb-` and `swv-` are ours, all others are never touched; nor are the ports that the engine
/// gives to our bridges, and what the kernel learns by itself. A bridge that the engine has made is taken as it is and changed where it differs.
///
/// It speaks to the kernel on a thread of NIO's pool. Calls are to follow one another.
public struct LinkTable: Sendable {
    let route: RouteConnection

    /// In the network namespace of the calling thread.
    public init() throws(NetlinkError) { route = try RouteConnection() }

    /// Makes the kernel as the plan says. What fails for one network does not keep the others from being made.
    public func make(_ plan: LinkPlan) async -> LinkOutcome {
        await onThread { [route] in
            var reconciler = LinkReconciler(route: route, plan: plan)
            return reconciler.run()
        }
    }

    /// Removes all that is ours.
    public func removeAll() async -> LinkOutcome { await make(.empty) }

    /// Bytes of the largest packet that goes out with an address of this host; nil where the host does not have the address.
    public func underlayMTU(of address: IPAddress) async throws(NetlinkError) -> Int? {
        let result: Result<Int?, NetlinkError> = await onThread { [route] in
            Result { () throws(NetlinkError) in
                let link = try route.addresses(ipv6: !address.isIPv4).first { $0.prefix.address == address }?.link
                return try route.links().first { $0.index == link }?.mtu
            }
        }
        return try result.get()
    }

    func onThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        do {
            return try await NIOThreadPool.singleton.runIfActive { work() }
        } catch {
            // The pool is never shut down; a task that is cancelled before its turn, though, gets no thread. What is asked for is short.
            return work()
        }
    }
}

/// What it took to make the kernel as planned.
public struct LinkOutcome: Sendable, Equatable {
    /// How many things were made, changed or removed: 0 where all was as planned.
    public var changes = 0
    public var problems: [Problem] = []

    /// What could not be made.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// Name of the bridge that it belongs to; nil where it concerns all.
        public var bridge: String?
        public var error: NetlinkError

        public var description: String { (bridge.map { "\($0): " } ?? "") + "\(error)" }
    }
}
