import DockerAPI
import Logging
import NIOCore
import SwarmModel
import SwarmTemplates

/// A part of the data plane: it makes of the node what the networks say, and leaves alone what is as it should be.
protocol NetworkLayer: Sendable {
    func apply(_ networks: NodeNetworks) async throws
    /// Removes all that it has ever made.
    func removeAll() async
    /// What goes on between changes, until cancelled.
    func run() async
}

extension NetworkLayer {
    func run() async {}
}

/// The networks of the swarm on this node: one layer after the other, and for each network that a task is in one of the engine's.
///
/// All that is made follows from what managers have told last, which is on the disk, too: a node that starts without them still has
/// its names and ways. Where somebody else changes what was made, it is made again.
public actor Overlay: DataPlane {
    private let encryption: (any NetworkLayer)?
    private let layers: [any NetworkLayer]
    private let disturbances: @Sendable () -> AsyncStream<Void>
    private let engine: EngineClient
    private let file: NetworksFile
    private let mtu: @Sendable (NetworkAssignment, NodeNetworks) async -> Int
    private let logger: Logger

    private var networks = NodeNetworks()
    /// Tasks that are about to be stopped; managers do not know, or have told, and it has not been heard here.
    private var draining: Set<String> = []
    /// The networks that have all their layers.
    private var made: Set<String> = []
    private var trouble: (any Error)?
    /// Why no container can be put into an encrypted network.
    private var encryptionTrouble: (any Error)?
    /// What is on the disk.
    private var kept: NodeNetworks
    /// Whether the engine may have networks of the swarm's that this node has no place in.
    private var mayHaveUnwanted = true
    /// The network of the routing mesh that the engine has been asked for.
    private var prepared: String?
    /// Networks of the engine that are being made or looked for, by the swarm's.
    private var creations: [String: Task<String, any Error>] = [:]
    /// The removal of networks of the engine that is under way.
    private var removal: Task<Void, Never>?
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - encryption: what encrypted networks need; where it fails, the other networks are made all the same.
    ///   - layers: in the order in which they are made.
    ///   - disturbances: tells when somebody may have changed what the layers have made.
    init(
        encryption: (any NetworkLayer)? = nil, layers: [any NetworkLayer],
        disturbances: @escaping @Sendable () -> AsyncStream<Void>, engine: EngineClient, file: NetworksFile,
        mtu: @escaping @Sendable (NetworkAssignment, NodeNetworks) async -> Int, logger: Logger
    ) {
        self.encryption = encryption
        self.layers = layers
        self.disturbances = disturbances
        self.engine = engine
        self.file = file
        self.mtu = mtu
        self.logger = logger
        kept = file.load()
        networks = kept
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        if !networks.networks.isEmpty { wake.yield() }
    }

    public func run() async {
        await withDiscardingTaskGroup { group in
            for layer in layers { group.addTask { await layer.run() } }
            group.addTask {
                for await _ in self.disturbances() {
                    self.wake.yield()
                    // Who changes much is not followed step by step.
                    try? await Task.sleep(for: .milliseconds(500))
                }
            }
            for await _ in wakes {
                await settle()
                if let ingress = comingIngress() { group.addTask { await self.prepare(ingress) } }
                if trouble != nil || isToTryEncryption || mayHaveUnwanted && !networks.networks.isEmpty {
                    let pause: Duration = trouble == nil && !isToTryEncryption ? .seconds(5) : .seconds(1)
                    group.addTask {
                        try? await Task.sleep(for: pause)
                        self.wake.yield()
                    }
                }
                // What comes in a moment is done together.
                try? await Task.sleep(for: .milliseconds(20))
            }
            group.cancelAll()
        }
    }

    public func take(_ networks: NodeNetworks) {
        guard networks != self.networks else { return }
        if !self.networks.networks.keys.allSatisfy({ networks.networks[$0] != nil }) { mayHaveUnwanted = true }
        self.networks = networks
        draining.formIntersection(networks.endpoints.keys.map(\.member))
        wake.yield()
    }

    public func drain(_ taskID: String) {
        guard networks.endpoints.contains(where: { $0.key.member == taskID && $0.value.isReady }) else { return }
        if draining.insert(taskID).inserted { wake.yield() }
    }

    /// What the layers are to make: what managers say, less what this node knows better.
    private var wanted: NodeNetworks {
        var wanted = networks
        for (key, _) in wanted.endpoints where draining.contains(key.member) { wanted.endpoints[key]?.isReady = false }
        return wanted
    }

    private func settle() async {
        var wanted = wanted
        await settleEncryption(wanted)
        // What is there stays where it may be well again soon: nothing goes out in clear.
        if encryptionTrouble != nil, !isToTryEncryption { wanted = wanted.unencrypted }
        do {
            for layer in layers { try await layer.apply(wanted) }
            trouble = nil
            made = Set((encryptionTrouble == nil ? wanted : wanted.unencrypted).networks.keys)
        } catch is CancellationError {
            // The node stops.
        } catch {
            if trouble.map({ "\($0)" }) != "\(error)" {
                logger.error("networks of the swarm cannot be made on this node", metadata: ["error": "\(error)"])
            }
            trouble = error
        }
        for waiter in waiters { waiter.resume() }
        waiters = []
        if networks != kept {
            file.save(networks)
            kept = networks
        }
        if mayHaveUnwanted, !networks.networks.isEmpty { await removeUnwanted() }
    }

    private func settleEncryption(_ wanted: NodeNetworks) async {
        do {
            try await encryption?.apply(wanted)
            encryptionTrouble = nil
        } catch {
            if encryptionTrouble.map({ "\($0)" }) != "\(error)" {
                logger.error("encrypted networks cannot be made on this node", metadata: ["error": "\(error)"])
            }
            encryptionTrouble = error
        }
    }

    /// Whether what keeps encrypted networks from being made may pass by itself.
    private var isToTryEncryption: Bool {
        guard let encryptionTrouble else { return false }
        return (encryptionTrouble as? EncryptionTrouble)?.isLasting != true
    }

    /// Removes the engine's networks of those that this node has no place in any more.
    private func removeUnwanted() async {
        mayHaveUnwanted = false
        let removal = Task {
            do {
                for summary in try await engine.swarmNetworks() where networks.networks[summary.network] == nil {
                    try await engine.removeNetwork(summary.id)
                }
            } catch {
                // A container that is being removed is still in it, or the engine is not there: it is tried again.
                mayHaveUnwanted = true
                logger.debug("a network of the engine cannot be removed yet", metadata: ["error": "\(error)"])
            }
        }
        self.removal = removal
        await removal.value
        self.removal = nil
    }

    // MARK: Containers

    public func places(of task: TaskRecord) async throws -> [NetworkPlace]? {
        var places: [NetworkPlace] = []
        for attachment in task.networks {
            guard let network = networks.networks[attachment.networkID] else { return nil }
            guard let address = attachment.addresses.first.flatMap(IPv4Address.init(cidr:)),
                let own = IPv4Address(cidr: network.address)
            else { throw InvalidTask("the task has no address in the network \(network.name)") }
            while !made.contains(network.id) {
                if network.isEncrypted, let encryptionTrouble {
                    throw InvalidTask("the network \(network.name) is encrypted, and \(encryptionTrouble)")
                }
                if let trouble { throw trouble }
                guard networks.networks[network.id] != nil else { return nil }
                await withCheckedContinuation { waiters.append($0) }
            }
            let id = try await engineNetwork(network, own: own)
            places.append(
                NetworkPlace(
                    networkID: network.id, network: id, address: address, resolver: network.isIngress ? nil : own))
        }
        return places
    }

    /// The engine's network for one of the swarm's, which is made where there is none.
    private func engineNetwork(_ network: NetworkAssignment, own: IPv4Address) async throws -> String {
        if let creation = creations[network.id] { return try await creation.value }
        let creation = Task { [engine, mtu, networks, removal] in
            // What is just being removed is not to be found.
            await removal?.value
            let request = EngineNetworks.request(network, own: own, bridge: network.bridge, mtu: await mtu(network, networks))
            return try await engine.network(for: request, of: network.id)
        }
        creations[network.id] = creation
        defer { creations[network.id] = nil }
        return try await creation.value
    }

    /// The network of the routing mesh, when it can take containers for the first time.
    private func comingIngress() -> NetworkAssignment? {
        guard let ingress = networks.networks.values.first(where: \.isIngress), made.contains(ingress.id), prepared != ingress.id
        else { return nil }
        prepared = ingress.id
        return ingress
    }

    /// Every node is in the routing mesh sooner or later, and on a slow host the first container there would wait for seconds until
    /// the engine has made its network.
    private func prepare(_ ingress: NetworkAssignment) async {
        guard let own = IPv4Address(cidr: ingress.address) else { return }
        do {
            _ = try await engineNetwork(ingress, own: own)
        } catch {
            logger.debug("the engine has no network for the routing mesh yet", metadata: ["error": "\(error)"])
        }
        guard networks.networks[ingress.id] == nil else { return }
        mayHaveUnwanted = true
        wake.yield()
    }

    public func removeAll() async {
        (networks, kept) = (NodeNetworks(), NodeNetworks())
        draining = []
        (made, prepared) = ([], nil)
        file.remove()
        await removeEngineNetworks()
        for layer in layers.reversed() { await layer.removeAll() }
        await encryption?.removeAll()
    }

    /// A container that has just left a network may keep it from being removed for a moment.
    private func removeEngineNetworks() async {
        let end = ContinuousClock.now + .seconds(5)
        while true {
            do {
                for network in try await engine.swarmNetworks() { try await engine.removeNetwork(network.id) }
                return
            } catch {
                guard ContinuousClock.now < end else {
                    return logger.warning(
                        "networks of the swarm could not be removed from the engine", metadata: ["error": "\(error)"])
                }
                logger.debug("a network of the engine cannot be removed yet", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
