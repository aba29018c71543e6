import DockerAPI
import FoundationEssentials
import Logging
import NIOPosix
import SwarmModel
import SwarmTemplates
import Synchronization
import Testing

@testable import SwarmAgent

/// When networks are made, and what containers are told of them.
struct OverlayTests {
    @Test func aContainerIsWhereManagersSayAndAsksTheSwarmForNames() async throws {
        try await OverlayBed.with { bed in
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            let places = try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            #expect(places?.map { "\($0.address)" } == ["10.0.1.7"])
            #expect(places?.map { $0.resolver.map { "\($0)" } } == ["10.0.1.4"])
            #expect(bed.layer.applied.last?.networks["front"]?.name == "front")
            let network = try #require(await bed.engine.networks[places?[0].network ?? ""])
            #expect(network["Name"]?.string == "front" && network["Driver"]?.string == "bridge")
            #expect(
                network["IPAM"]?.object?["Config"]
                    == .array([.object(["Subnet": .string("10.0.1.0/24"), "Gateway": .string("10.0.1.4")])]))
            #expect(network["Options"]?.object?["com.docker.network.bridge.name"] == .string("swb-front"))
            #expect(network["Options"]?.object?["com.docker.network.driver.mtu"] == .string("1450"))

            var configuration = ContainerConfiguration(image: "busybox", labels: [:])
            configuration.attachNetworks(of: .sample(in: "front", "10.0.1.7/24"), places: places ?? [])
            #expect(configuration.host.nameservers == ["10.0.1.4"])
            let endpoint = configuration.networking?.endpoints[places?[0].network ?? ""]
            #expect(endpoint?.addresses.address == "10.0.1.7" && endpoint?.mac == "02:42:0a:00:01:07")
        }
    }

    @Test func theEnginesNetworkIsMadeOnceAndRemovedWithTheLastPlaceInIt() async throws {
        try await OverlayBed.with { bed in
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            async let first = bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            async let second = bed.overlay.places(of: .sample(in: "front", "10.0.1.8/24"))
            #expect(try await first?[0].network == second?[0].network)
            #expect(await bed.engine.networks.count == 1)
            // Another network, as the routing mesh's, is always there.
            await bed.overlay.take(.sample("other", own: "10.0.2.4/24"))
            try await WorkerBed.wait("the network to go") { await bed.engine.networks.isEmpty ? true : nil }
        }
    }

    @Test func theNetworkOfTheRoutingMeshIsThereBeforeItsFirstContainer() async throws {
        try await OverlayBed.with { bed in
            var networks = NodeNetworks.sample("mesh", own: "10.0.0.4/24")
            networks.networks["mesh"]?.isIngress = true
            await bed.overlay.take(networks)
            let made = try await WorkerBed.wait("the engine's network") { await bed.engine.networks.keys.first }
            #expect(try await bed.overlay.places(of: .sample(in: "mesh", "10.0.0.7/24"))?.map(\.network) == [made])
            // It goes with the swarm's.
            await bed.overlay.take(.sample("other", own: "10.0.2.4/24"))
            try await WorkerBed.wait("the network to go") { await bed.engine.networks.isEmpty ? true : nil }
        }
    }

    /// Somebody has removed a network and made another of that name, while a container is on its way out of the first.
    @Test func aNetworkOfAnothersNameWaitsUntilThatIsGone() async throws {
        try await OverlayBed.with { bed in
            var old = NodeNetworks.sample("old", own: "10.0.1.4/24")
            old.networks["old"]?.name = "front"
            await bed.overlay.take(old)
            let before = try await bed.overlay.places(of: .sample(in: "old", "10.0.1.7/24"))
            for _ in 1...3 { await bed.engine.fail("remove network", .refuse(403, "network front has active endpoints")) }
            await bed.overlay.take(.sample("front", own: "10.0.2.4/24"))
            let after = try await bed.overlay.places(of: .sample(in: "front", "10.0.2.7/24"))
            #expect(before != after)
            #expect(await bed.engine.networks.count == 1)
        }
    }

    @Test func aNetworkWithOtherAddressesIsMadeAnew() async throws {
        try await OverlayBed.with { bed in
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            let before = try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            await bed.overlay.take(.sample("front", own: "10.0.1.5/24"))
            let after = try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            #expect(before != after)
            #expect(await bed.engine.networks.count == 1)
        }
    }

    @Test func aTaskWaitsForItsNetworkToBeToldAndFailsWhereItCannotBeMade() async throws {
        try await OverlayBed.with { bed in
            #expect(try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24")) == nil)
            bed.layer.fail("no such device")
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            let error = await #expect(throws: FakeLayer.Refusal.self) {
                try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            }
            #expect(error?.description == "no such device")
            bed.layer.fail(String?.none)
            try await WorkerBed.wait("another attempt") {
                try? await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            }
        }
    }

    @Test func whereNothingCanBeEncryptedTheOtherNetworksAreMade() async throws {
        try await OverlayBed.with { bed in
            bed.encryption.fail(EncryptionTrouble.noWireGuard)
            var networks = NodeNetworks.sample("front", own: "10.0.1.4/24")
            networks.networks["secret"] = NodeNetworks.sample("secret", own: "10.0.2.4/24").networks["secret"]
            networks.networks["secret"]?.isEncrypted = true
            networks.peers[.init("secret", "node-1")] = PeerAssignment(
                networkID: "secret", nodeID: "node-1", underlay: "10.77.0.1", address: "10.0.2.4/24", isReady: true)
            await bed.overlay.take(networks)
            #expect(try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))?.count == 1)
            let error = await #expect(throws: InvalidTask.self) {
                try await bed.overlay.places(of: .sample(in: "secret", "10.0.2.7/24"))
            }
            #expect(error?.description == "the network secret is encrypted, and this node's kernel has no WireGuard")
            #expect(bed.layer.applied.last?.networks.keys.sorted() == ["front"] && bed.layer.applied.last?.peers.isEmpty == true)
            // It comes to be there, and is found with the next change.
            bed.encryption.fail(EncryptionTrouble?.none)
            bed.disturb()
            try await WorkerBed.wait("the network to be made") {
                try? await bed.overlay.places(of: .sample(in: "secret", "10.0.2.7/24"))
            }
            #expect(bed.layer.applied.last?.networks.keys.sorted() == ["front", "secret"])
        }
    }

    @Test func whatIsEncryptedStaysWhileItsDeviceIsInTrouble() async throws {
        try await OverlayBed.with { bed in
            var networks = NodeNetworks.sample("secret", own: "10.0.2.4/24")
            networks.networks["secret"]?.isEncrypted = true
            await bed.overlay.take(networks)
            #expect(try await bed.overlay.places(of: .sample(in: "secret", "10.0.2.7/24"))?.count == 1)
            bed.encryption.fail(EncryptionTrouble("another program has the port"))
            let count = bed.layer.applied.count
            bed.disturb()
            try await WorkerBed.wait("another pass") { bed.layer.applied.count > count ? true : nil }
            #expect(bed.layer.applied.last == networks, "containers would lose their bridge")
            await #expect(throws: InvalidTask.self) {
                try await bed.overlay.places(of: .sample(in: "secret", "10.0.2.8/24"))
            }
            bed.encryption.fail(EncryptionTrouble?.none)
            try await WorkerBed.wait("another attempt") {
                try? await bed.overlay.places(of: .sample(in: "secret", "10.0.2.8/24"))
            }
            await bed.overlay.removeAll()
            #expect(bed.encryption.wasRemoved)
        }
    }

    @Test func whatWasToldIsKnownAfterARestart() async throws {
        try await OverlayBed.with { bed in
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            _ = try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            let layer = FakeLayer()
            let next = bed.make(layer)
            let running = Task { await next.run() }
            let networks = try await WorkerBed.wait("what was kept") { layer.applied.last }
            #expect(networks == .sample("front", own: "10.0.1.4/24"))
            running.cancel()
            await running.value
        }
    }

    @Test func nothingNewIsSentToATaskThatIsAboutToStop() async throws {
        try await OverlayBed.with { bed in
            var networks = NodeNetworks.sample("front", own: "10.0.1.4/24")
            let task = TaskRecord.sample(in: "front", "10.0.1.7/24")
            var endpoint = EndpointAssignment(task, task.networks[0], on: nil)
            endpoint.isReady = true
            let key = NodeNetworks.Key("front", task.id)
            networks.endpoints[key] = endpoint
            await bed.overlay.take(networks)
            try await WorkerBed.wait("it to be sent to") { bed.layer.applied.last?.endpoints[key]?.isReady == true ? true : nil }
            await bed.overlay.drain(task.id)
            try await WorkerBed.wait("it to be left out") {
                bed.layer.applied.last?.endpoints[key]?.isReady == false ? true : nil
            }
        }
    }

    @Test func whatSomebodyElseHasChangedIsMadeAgain() async throws {
        try await OverlayBed.with { bed in
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            try await WorkerBed.wait("it to be made") { bed.layer.applied.last }
            let count = bed.layer.applied.count
            bed.disturb()
            try await WorkerBed.wait("it to be made again") { bed.layer.applied.count > count ? true : nil }
        }
    }

    @Test func aNodeThatLeavesKeepsNothing() async throws {
        try await OverlayBed.with { bed in
            await bed.overlay.take(.sample("front", own: "10.0.1.4/24"))
            _ = try await bed.overlay.places(of: .sample(in: "front", "10.0.1.7/24"))
            // As while a container is on its way out of it.
            for _ in 1...2 { await bed.engine.fail("remove network", .refuse(403, "network front has active endpoints")) }
            await bed.overlay.removeAll()
            #expect(await bed.engine.networks.isEmpty)
            #expect(bed.layer.wasRemoved)
            #expect(!FileManager.default.fileExists(atPath: bed.folder + "/networks.json"))
        }
    }
}

/// A layer that keeps what it was given.
private final class FakeLayer: NetworkLayer {
    struct Refusal: Error, CustomStringConvertible { var description: String }

    private let state = Mutex<(applied: [NodeNetworks], trouble: (any Error)?, wasRemoved: Bool)>(([], nil, false))

    var applied: [NodeNetworks] { state.withLock { $0.applied } }
    var wasRemoved: Bool { state.withLock { $0.wasRemoved } }
    func fail(_ trouble: String?) { fail(trouble.map { Refusal(description: $0) }) }
    func fail(_ trouble: (any Error)?) { state.withLock { $0.trouble = trouble } }

    func apply(_ networks: NodeNetworks) async throws {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            state.applied.append(networks)
        }
    }

    func removeAll() async { state.withLock { $0.wasRemoved = true } }
}

private struct OverlayBed {
    let folder: String
    let engine: FakeEngine
    let layer = FakeLayer()
    let encryption = FakeLayer()
    let overlay: Overlay
    private let disturbance: AsyncStream<Void>.Continuation

    private init() throws {
        folder = "/tmp/swarm-agent-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        engine = FakeEngine(path: folder + "/engine.sock")
        let (disturbances, disturbance) = AsyncStream<Void>.makeStream()
        self.disturbance = disturbance
        overlay = Self.make(layer, encryption, disturbances, engine: engine.path, folder)
    }

    static func with(_ body: (OverlayBed) async throws -> Void) async throws {
        let bed = try OverlayBed()
        try await bed.engine.start()
        let running = Task { await bed.overlay.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(bed)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        await bed.engine.stop()
        try FileManager.default.removeItem(atPath: bed.folder)
        try result.get()
    }

    func disturb() { disturbance.yield() }

    /// What begins after a restart, with another layer.
    func make(_ layer: FakeLayer) -> Overlay {
        Self.make(layer, FakeLayer(), AsyncStream { _ in }, engine: engine.path, folder)
    }

    private static func make(
        _ layer: FakeLayer, _ encryption: FakeLayer, _ disturbances: AsyncStream<Void>, engine: String, _ folder: String
    ) -> Overlay {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return Overlay(
            encryption: encryption, layers: [layer], disturbances: { disturbances },
            engine: EngineClient(socket: engine, group: .singletonMultiThreadedEventLoopGroup),
            file: NetworksFile(path: folder + "/networks.json", logger: logger), mtu: { _, _ in 1450 }, logger: logger)
    }
}

extension NodeNetworks {
    fileprivate static func sample(_ name: String, own: String) -> NodeNetworks {
        var networks = NodeNetworks()
        let network = Network(
            id: name, now: Timestamp(nanoseconds: 0), spec: NetworkSpec(name: name), vni: 4097, subnets: [])
        networks.networks[name] = NetworkAssignment(
            network, subnet: Network.Subnet(block: "10.0.\(own.split(separator: ".")[2]).0/24", gateway: "10.0.1.1"),
            address: own, dataPathPort: 4789)
        return networks
    }
}

extension TaskRecord {
    fileprivate static func sample(in network: String, _ address: String) -> TaskRecord {
        var task = sample()
        task.networks = [Attachment(networkID: network, addresses: [address])]
        return task
    }
}
