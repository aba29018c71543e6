import CNetlink
import Glibc
import Synchronization

/// A conversation with the kernel: one request at a time, each answered in full before the next.
///
/// It belongs to the network namespace of the thread that makes it, wherever it is used from. Calls return when the kernel has done
/// what was asked for; that takes microseconds, or as long as another program has the kernel's links locked.
final class NetlinkSocket: Sendable {
    let descriptor: Int32
    /// The number of the request before.
    private let sequence = Mutex<UInt32>(0)

    /// Seconds after which an answer does not come any more.
    private static let patience = 10
    /// Bytes of the largest message that the kernel sends at once, with room.
    private static let largest = 1 << 16

    /// - Parameters:
    ///   - family: `NETLINK_ROUTE` and the like.
    ///   - groups: whose announcements are wanted, by number.
    init(_ family: Int32, groups: [UInt32] = []) throws(NetlinkError) {
        let doing = "talk to the kernel about its networks"
        descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), family)
        guard descriptor >= 0 else { throw NetlinkError(code: errno, doing: doing) }
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        var failure = bound == 0 ? 0 : errno
        for group in groups where failure == 0 && !set(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group) { failure = errno }
        guard failure == 0 else {
            close(descriptor)
            throw NetlinkError(code: failure, doing: doing)
        }
        // Reasons in words; what went well without the request; dumps of just what was asked for. Old kernels do without.
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] { _ = set(SOL_NETLINK, option, Int32(1)) }
        _ = set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: Self.patience, tv_usec: 0))
    }

    deinit { close(descriptor) }

    @discardableResult
    func set<Value: BitwiseCopyable>(_ level: Int32, _ option: Int32, _ value: Value) -> Bool {
        withUnsafePointer(to: value) { setsockopt(descriptor, level, option, $0, socklen_t(MemoryLayout<Value>.size)) == 0 }
    }

    /// Sends a request and gives what the kernel answers before it says that it is done.
    ///
    /// - Parameter doing: what is asked for, for errors: `make the link swb-1`.
    @discardableResult
    func ask(_ request: NetlinkRequest, _ doing: @autoclosure () -> String) throws(NetlinkError) -> [NetlinkMessage] {
        let patience = 5
        for attempt in 1...patience {
            do throws(Interruption) {
                return try sequence.withLock { last throws(Interruption) in try answer(to: request, &last) }
            } catch {
                switch error {
                case .refused(let code, let detail): throw NetlinkError(code: code, doing: doing(), detail: detail)
                case .changedMeanwhile where attempt < patience: continue
                case .changedMeanwhile: throw NetlinkError(code: EINTR, doing: doing())
                }
            }
        }
        throw NetlinkError(code: EINTR, doing: doing())
    }

    private enum Interruption: Error {
        case refused(Int32, String?)
        /// Something was changed while it was listed, so the list may have gaps.
        case changedMeanwhile
    }

    private func answer(to request: NetlinkRequest, _ last: inout UInt32) throws(Interruption) -> [NetlinkMessage] {
        last &+= 1
        let bytes = request.bytes(sequence: last)
        while send(descriptor, bytes, bytes.count, 0) < 0 { if errno != EINTR { throw .refused(errno, nil) } }
        var answer: [NetlinkMessage] = []
        var isConsistent = true
        while true {
            let received: ArraySlice<UInt8>
            do throws(NetlinkError) { received = try receive() } catch {
                throw .refused(error.code == EAGAIN ? ETIMEDOUT : error.code, nil)
            }
            // Answers to requests that were given up are passed over.
            for message in NetlinkMessage.all(in: received) where message.sequence == last {
                if message.flags & NLM_F_DUMP_INTR != 0 { isConsistent = false }
                guard message.isEnd else {
                    answer.append(message)
                    continue
                }
                // The end of a list says how it went only where there is something to say.
                let outcome = message.outcome ?? (message.type == NLMSG_DONE ? 0 : EBADMSG, nil)
                guard outcome.code == 0 else { throw .refused(outcome.code, outcome.detail) }
                guard isConsistent else { throw .changedMeanwhile }
                return answer
            }
        }
    }

    /// What one read brings; messages that are not the kernel's are passed over.
    func receive(flags: Int32 = 0) throws(NetlinkError) -> ArraySlice<UInt8> {
        while true {
            var sender = sockaddr_nl()
            var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
            var failure: Int32 = 0
            var size = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.largest) { buffer, count in
                size = withUnsafeMutablePointer(to: &sender) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(descriptor, buffer.baseAddress, Self.largest, flags | Int32(MSG_TRUNC), $0, &length)
                    }
                }
                failure = size < 0 ? errno : 0
                count = min(max(size, 0), Self.largest)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw NetlinkError(code: failure, doing: "hear from the kernel") }
            guard size <= Self.largest else { throw NetlinkError(code: EMSGSIZE, doing: "hear from the kernel") }
            if sender.nl_pid == 0 { return bytes[...] }
        }
    }
}
