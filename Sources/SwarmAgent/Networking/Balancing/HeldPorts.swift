import Glibc
import Logging

/// Published ports, each held by a socket of this process so that no other program takes it, and people see that it is taken.
///
/// Nothing is ever received there: rules send packets elsewhere before they get that far. A port that another program has already is
/// left to it.
struct HeldPorts: ~Copyable {
    /// nil where the kernel has no such sockets: then there is nobody either who could take the port.
    private var sockets: [PublishedPort: Int32?] = [:]
    /// What another program had when it was asked for last.
    private(set) var withheld: Set<PublishedPort> = []
    private let address: in_addr_t
    private let logger: Logger

    /// - Parameter address: in network byte order; all of the node's, except in tests.
    init(address: in_addr_t = 0, logger: Logger) {
        self.address = address
        self.logger = logger
    }

    deinit { for case let socket? in sockets.values { close(socket) } }

    /// Takes those ports that it does not have yet, and tries those again that others had.
    mutating func hold(_ ports: Set<PublishedPort>) {
        withheld.formIntersection(ports)
        for port in ports.sorted() where sockets[port] == nil {
            switch Self.open(port, address) {
            case .success(let socket):
                sockets[port] = .some(socket)
                if withheld.remove(port) != nil { logger.notice("published port \(port) is free by now, and open") }
            case .failure(let failure) where failure.code == EADDRINUSE:
                if withheld.insert(port).inserted {
                    logger.warning("published port \(port) is used by another program of this node, which keeps it")
                }
            case .failure(let failure):
                sockets[port] = .some(nil)
                logger.debug("published port \(port) is not held: \(String(cString: strerror(failure.code)))")
            }
        }
    }

    /// Gives back all other ports.
    mutating func release(allBut ports: Set<PublishedPort>) {
        for (port, socket) in sockets where !ports.contains(port) {
            if let socket { close(socket) }
            sockets[port] = nil
        }
        withheld.formIntersection(ports)
    }

    private struct Failure: Error { var code: Int32 }

    /// IPv4 only, as the rules are: who tries IPv6 first is refused by the kernel at once, and comes again.
    private static func open(_ port: PublishedPort, _ address: in_addr_t) -> Result<Int32, Failure> {
        let isDatagram = port.transport == .udp
        let kind = Int32(isDatagram ? SOCK_DGRAM.rawValue : SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = port.transport == .sctp ? Int32(IPPROTO_SCTP) : 0
        let descriptor = socket(AF_INET, kind, number)
        guard descriptor >= 0 else { return .failure(Failure(code: errno)) }
        var one: Int32 = 1
        if isDatagram {
            // Otherwise what comes before the rules are there would be kept.
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &one, socklen_t(MemoryLayout<Int32>.size))
        } else {
            // Former connections of the port are no obstacle, other listeners are.
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.number.bigEndian
        name.sin_addr = in_addr(s_addr: address)
        let bound = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // Only one that listens keeps others from listening.
        guard bound == 0, isDatagram || listen(descriptor, 1) == 0 else {
            let code = errno
            close(descriptor)
            return .failure(Failure(code: code))
        }
        return .success(descriptor)
    }
}
