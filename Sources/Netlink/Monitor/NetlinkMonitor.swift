import CNetlink
import Dispatch
import Glibc
import Synchronization

/// What the kernel tells of links, addresses, neighbours, forwarding tables and nftables that anybody has changed, this program too, in the
/// network namespace of the thread that makes the monitor.
///
/// It begins when the monitor is made, so what is read after that misses nothing. It is for one loop, and ends with the task or the monitor.
/// Who falls behind is told that something was missed.
public struct NetlinkMonitor: AsyncSequence, Sendable {
    public enum Subject: Sendable, CaseIterable {
        /// Links, addresses, neighbours and forwarding tables.
        case links
        case nftables
    }

    private let changes: AsyncStream<NetlinkChange>
    private let overflow = Overflow()

    /// - Parameter room: changes that are kept for a loop that is busy.
    public init(_ subjects: Set<Subject> = Set(Subject.allCases), room: Int = 4096) throws(NetlinkError) {
        var sockets: [NetlinkSocket] = []
        if subjects.contains(.links) {
            let groups = [RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR].map(\.rawValue)
            sockets.append(try NetlinkSocket(NETLINK_ROUTE, groups: groups))
        }
        if subjects.contains(.nftables) {
            sockets.append(try NetlinkSocket(NETLINK_NETFILTER, groups: [NFNLGRP_NFTABLES.rawValue]))
        }
        let (changes, continuation) = AsyncStream.makeStream(of: NetlinkChange.self, bufferingPolicy: .bufferingOldest(room))
        self.changes = changes
        let queue = DispatchQueue(label: "netlink-monitor")
        let sources = Sources(all: sockets.map { [overflow] in Self.listen($0, on: queue, continuation, overflow) })
        continuation.onTermination = { _ in sources.cancel() }
    }

    private static func listen(
        _ socket: NetlinkSocket, on queue: DispatchQueue, _ continuation: AsyncStream<NetlinkChange>.Continuation,
        _ overflow: Overflow
    ) -> any DispatchSourceRead {
        // Of the kernel's memory, for what comes while nobody reads.
        socket.set(SOL_SOCKET, SO_RCVBUFFORCE, Int32(1 << 20))
        let reader = Mutex(ChangeReader())
        let source = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: queue)
        source.setEventHandler {
            while true {
                let found: [NetlinkChange]
                do throws(NetlinkError) {
                    let bytes = try socket.receive(flags: Int32(MSG_DONTWAIT))
                    found = reader.withLock { $0.changes(in: bytes) }
                } catch  where error.code == EAGAIN {
                    return
                } catch {
                    // ENOBUFS: the kernel had no room either.
                    found = [.missed]
                }
                for change in found { if case .dropped = continuation.yield(change) { overflow.note() } }
            }
        }
        // The descriptor is to stay until nobody looks at it.
        source.setCancelHandler { _ = socket }
        source.resume()
        return source
    }

    public func makeAsyncIterator() -> Iterator { Iterator(base: changes.makeAsyncIterator(), overflow: overflow) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: AsyncStream<NetlinkChange>.Iterator
        fileprivate let overflow: Overflow

        public mutating func next() async -> NetlinkChange? {
            // Noted while there were changes left to be read, so somebody comes by here after it.
            overflow.take() ? .missed : await base.next()
        }
    }

    /// Whether changes were dropped since it was asked last.
    fileprivate final class Overflow: Sendable {
        private let isNoted = Atomic(false)

        func note() { isNoted.store(true, ordering: .releasing) }
        func take() -> Bool { isNoted.exchange(false, ordering: .acquiringAndReleasing) }
    }

    /// Sources of Dispatch may be cancelled from anywhere, which Linux' Dispatch does not declare.
    private struct Sources: @unchecked Sendable {
        let all: [any DispatchSourceRead]

        func cancel() { for source in all { source.cancel() } }
    }
}
