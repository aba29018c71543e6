import FoundationEssentials
import SwarmModel
import SwarmRPC

/// What becomes of a node whose host gets another address, or another time.
extension ClusterNode {
    /// How often the host's addresses and clock are looked at.
    private static let interval: Duration = .seconds(5)

    /// Keeps what others are told in line with the addresses that the host has, and takes the node's part in the swarm up again where
    /// only the clock said that its certificate had expired.
    func followHost() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            if !Task.isCancelled, mayReturn { await operations.with { await self.takeUpAgain() } }
            guard !Task.isCancelled, let moved, await isSettled(moved) else { continue }
            starting?.cancel()
            await operations.with { await self.move() }
        }
    }

    /// Where the node has moved to, by what its host says now; nil where it is where it was.
    private var moved: Membership? { membership?.moved(to: HostAddresses.current()) }

    /// Whether the new address is still the one after a moment: an interface that is being set up may have several in turn.
    private func isSettled(_ first: Membership) async -> Bool {
        try? await Task.sleep(for: .milliseconds(500))
        return moved == first
    }

    /// Notes a new address.
    ///
    /// - Returns: whether there is one.
    @discardableResult
    func noteAddresses() throws -> Bool {
        guard let moved else { return false }
        try files.save(moved)
        logger.notice(
            "this node has another address",
            metadata: ["old": "\(membership?.advertiseAddress ?? "")", "new": "\(moved.advertiseAddress)"])
        membership = moved
        return true
    }

    /// Whether the clock was set, and the certificate holds by it.
    private var mayReturn: Bool {
        guard case .failed(Self.expired) = phase, let credentials else { return false }
        return credentials.identity.isValid(at: Date())
    }

    private func takeUpAgain() async {
        guard mayReturn else { return }
        do {
            logger.notice("the node's certificate holds again by its clock")
            try await resume(unlockKey: unlockKey)
        } catch {
            logger.error("the node cannot take up its part in the swarm", metadata: ["error": "\(error)"])
        }
    }

    private func move() async {
        do {
            guard case .active = phase, try noteAddresses() else { return }
            if let manager {
                // Its store and its server are told their addresses when they start.
                await manager.stop()
                self.manager = nil
                upkeep.append(Task(executorPreference: Task.executor) { await self.keepTryingManager() })
            }
            report()
        } catch {
            logger.error("the node's new address cannot be noted", metadata: ["error": "\(error)"])
        }
    }
}

extension Membership {
    /// The same on a host whose advertised address has gone from its interface, which has another one now; nil where that is not so.
    ///
    /// An address that was never this host's own stays: who chose it knows how others get here. So does one whose interface has none
    /// at present, as before the network is up: there is nothing better.
    func moved(to addresses: HostAddresses) -> Membership? {
        guard let interface, var advertise = Endpoint(advertiseAddress, defaultPort: HostAddresses.defaultPort),
            addresses.interface(of: advertise.host) == nil, let new = addresses.address(on: interface)
        else { return nil }
        let old = advertise
        advertise.host = new
        var moved = self
        moved.advertiseAddress = advertise.description
        if var listen = Endpoint(listenAddress, defaultPort: HostAddresses.defaultPort), listen.host == old.host {
            listen.host = new
            moved.listenAddress = listen.description
        }
        if dataPathAddress == old.host { moved.dataPathAddress = new }
        moved.managers = managers.mapValues { $0 == old.description ? advertise.description : $0 }
        return moved
    }
}
