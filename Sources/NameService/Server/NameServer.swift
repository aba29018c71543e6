import Logging
import NIOCore
import SwarmModel

/// A name server for containers: it answers from a `NameSource`, and asks other servers for what that sends on to them.
///
/// Everything it does runs on one event loop. It keeps nothing of what it has answered.
public actor NameServer {
    private let parts: NameSocket.Parts
    private let port: Int
    private let logger: Logger
    private var wanted: Set<IPv4Address> = []
    private var sockets: [IPv4Address: NameSocket] = [:]
    /// Why there is no answer on an address where there should be one.
    public private(set) var failures: [IPv4Address: any Error] = [:]
    /// The last change of sockets, done or not: there is one at a time.
    private var change: Task<Void, Never>?
    private var retry: Task<Void, Never>?

    /// - Parameters:
    ///   - loop: of `NIOPosix`.
    ///   - port: on all addresses; 0 for one that the system chooses for each.
    public init(
        on loop: any EventLoop, port: Int = 53, source: any NameSource = NoNames(), limits: NameServerLimits = NameServerLimits(),
        logger: Logger
    ) {
        let responder = Responder(source: source, forwarder: Forwarder(loop: loop, limits: limits))
        parts = NameSocket.Parts(
            loop: loop, responder: responder, limits: limits,
            connections: AskerCount(limit: limits.connections, perAsker: limits.connectionsPerAsker))
        self.port = port
        self.logger = logger
    }

    /// Answers from another source from now on.
    public nonisolated func use(_ source: any NameSource) { parts.responder.use(source) }

    /// Listens on these addresses and on no others. The host need not have them yet.
    ///
    /// Returns when that has been tried. An address whose port another program has is tried again every second; `failures` says which.
    public func listen(on addresses: Set<IPv4Address>) async {
        wanted = addresses
        await apply()
    }

    /// Where it listens on that address; nil where it does not.
    public func port(of address: IPv4Address) -> Int? { sockets[address]?.port }

    /// Closes all sockets.
    public func stop() async { await listen(on: []) }

    private func apply() async {
        let before = change
        let next = Task {
            await before?.value
            await self.change()
        }
        change = next
        await next.value
    }

    /// What the system closes is opened again.
    private func hasClosed(_ address: IPv4Address) async {
        guard wanted.contains(address), sockets[address]?.isOpen == false else { return }
        logger.notice("a socket of the name server was closed by the system", metadata: ["address": "\(address)"])
        try? await Task.sleep(for: parts.limits.retryTime)
        await apply()
    }

    private func change() async {
        retry?.cancel()
        retry = nil
        for (address, socket) in sockets where !wanted.contains(address) || !socket.isOpen {
            sockets[address] = nil
            await socket.close()
        }
        failures = failures.filter { wanted.contains($0.key) }
        for address in wanted.sorted() where sockets[address] == nil {
            do {
                let socket = try await NameSocket.open(address, port: port, parts)
                sockets[address] = socket
                socket.whenClosed { [weak self] in Task { await self?.hasClosed(address) } }
                if failures.removeValue(forKey: address) != nil {
                    logger.notice("names are answered again", metadata: ["address": "\(address)"])
                }
            } catch {
                if failures.updateValue(error, forKey: address) == nil {
                    logger.warning(
                        "names are not answered on an address: is another name server there? Tried again every second",
                        metadata: ["address": "\(address)", "port": "\(port)", "error": "\(error)"])
                }
            }
        }
        guard !failures.isEmpty else { return }
        let time = parts.limits.retryTime
        retry = Task { [weak self] in
            guard (try? await Task.sleep(for: time)) != nil else { return }
            await self?.apply()
        }
    }
}
