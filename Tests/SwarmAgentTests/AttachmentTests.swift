import DockerAPI
import NIOPosix
import SwarmModel
import SwarmRPC
import Testing

@testable import SwarmAgent

/// Plain containers in networks of the swarm: where they are put, and when their places are given back.
@Suite(.timeLimit(.minutes(2)))
struct AttachmentTests {
    /// Networks that are there as soon as managers have told of them.
    private actor Plane: DataPlane {
        private var networks = NodeNetworks()

        func run() async {}
        func take(_ networks: NodeNetworks) { self.networks = networks }
        func places(of task: TaskRecord) async throws -> [NetworkPlace]? {
            guard let attachment = task.networks.first, networks.networks[attachment.networkID] != nil,
                let address = attachment.addresses.first.flatMap(IPv4Block.parse)?.address
            else { return nil }
            return [
                NetworkPlace(
                    networkID: attachment.networkID, network: "e1", address: address, resolver: IPv4Address("10.0.1.4"))
            ]
        }
        func drain(_ taskID: String) async {}
        func removeAll() async {}
    }

    private static let start = Timestamp(nanoseconds: 0)

    private static func attachment(_ id: Character = "a", _ address: String = "10.0.1.7/24") -> TaskRecord {
        var task = TaskRecord(
            id: String(repeating: id, count: 25), now: start, container: "box", nodeID: WorkerBed.node, network: "front",
            aliases: [], nameservers: [])
        task.networks = [.init(networkID: "front", addresses: [address])]
        return task
    }

    private static func told(_ tasks: [TaskRecord] = [], complete: Bool = false) -> Assignments {
        var assignments = Assignments(isComplete: complete)
        let network = Network(
            id: "front", now: start, spec: NetworkSpec(name: "front-name", labels: ["a": "b"], isAttachable: true), vni: 4097,
            subnets: [])
        assignments.network.networks = [
            NetworkAssignment(
                network, subnet: .init(block: "10.0.1.0/24", gateway: "10.0.1.1"), address: "10.0.1.4/24", dataPathPort: 4789)
        ]
        // As soon as they have their places.
        let placed = [attachment("a"), attachment("b", "10.0.1.8/24"), attachment("c", "10.0.1.9/24")]
        assignments.network.endpoints = placed.map { EndpointAssignment($0, $0.networks[0], on: nil) }
        assignments.tasks = tasks
        return assignments
    }

    /// A container that the engine has made at that address; its ID.
    private static func make(_ bed: WorkerBed, _ address: String = "10.0.1.7") async throws -> String {
        var configuration = ContainerConfiguration(image: "busybox", labels: [:])
        configuration.networking = NetworkingConfiguration(
            endpoints: ["front-name": .init(addresses: .init(address: address), mac: "")])
        return try await client(bed).create(configuration, name: "box-\(address)")
    }

    private static func client(_ bed: WorkerBed) -> EngineClient {
        EngineClient(socket: bed.folder + "/engine.sock", group: .singletonMultiThreadedEventLoopGroup)
    }

    private static func state(_ bed: WorkerBed, _ id: String) async -> TaskState? {
        await bed.worker.attachments[id]?.task.status.state
    }

    @Test func aContainerWaitsForItsNetworkAndIsToldItsPlace() async throws {
        try await WorkerBed.with(networks: Plane()) { bed in
            let worker = bed.worker
            // What is known is from before: the node had left the network, and is in it again.
            var before = Self.told()
            before.network.endpoints = []
            await worker.take(before)
            async let place = worker.attach(Self.attachment())
            try await Task.sleep(for: .milliseconds(20))
            #expect(await worker.attachments.count == 1)
            await worker.take(Self.told())
            let found = try await place
            #expect(found.networkName == "front-name" && found.place.network == "e1")
            #expect("\(found.place.address)" == "10.0.1.7" && found.place.resolver == IPv4Address("10.0.1.4"))
        }
    }

    @Test func aPlaceIsGivenBackWithItsContainer() async throws {
        try await WorkerBed.with(networks: Plane()) { bed in
            let task = Self.attachment()
            await bed.worker.take(Self.told())
            _ = try await bed.worker.attach(task)
            let container = try await Self.make(bed)
            await bed.worker.attached(task.id, container: container)
            #expect(await bed.worker.takeStatuses(10).last?.status.container?.id == container)
            try await Self.client(bed).start(container)
            // It stops: that is no reason.
            try await Self.client(bed).stop(container, grace: .zero)
            #expect(await Self.state(bed, task.id) == .running)
            try await WorkerBed.wait("the worker to listen") { await bed.engine.count("list") > 1 ? true : nil }
            try await Self.client(bed).remove(container)
            try await WorkerBed.wait("it to be given back") { await Self.state(bed, task.id) == .shutdown ? true : nil }
            #expect(await bed.worker.takeStatuses(10).map(\.status.state) == [.shutdown])
            await bed.withdraw(task.id)
            #expect(await bed.worker.attachments.isEmpty)
        }
    }

    @Test func whatWentWhileNobodyWasThereIsNoticed() async throws {
        try await WorkerBed.with(networks: Plane()) { bed in
            await bed.worker.take(Self.told())
            let (gone, kept, unheard) = (
                Self.attachment("a"), Self.attachment("b", "10.0.1.8/24"), Self.attachment("c", "10.0.1.9/24")
            )
            for task in [gone, kept, unheard] { _ = try await bed.worker.attach(task) }
            let (first, second) = (try await Self.make(bed), try await Self.make(bed, "10.0.1.8"))
            await bed.worker.attached(gone.id, container: first)
            await bed.worker.attached(kept.id, container: second)
            await bed.crash()
            try await Self.client(bed).remove(first)
            // The engine made it, and the answer found nobody.
            let third = try await Self.make(bed, "10.0.1.9")
            bed.begin()
            try await WorkerBed.wait("it to be given back") { await Self.state(bed, gone.id) == .shutdown ? true : nil }
            try await WorkerBed.wait("the other to be found") {
                await bed.worker.attachments[unheard.id]?.containerID == third ? true : nil
            }
            #expect(await Self.state(bed, kept.id) == .running)
        }
    }

    @Test func aContainerWhosePlaceIsNotKnownAnyMoreIsTakenOutOfTheNetwork() async throws {
        try await WorkerBed.with(networks: Plane()) { bed in
            let (task, coming) = (Self.attachment(), Self.attachment("b", "10.0.1.8/24"))
            await bed.worker.take(Self.told([task]))
            _ = try await bed.worker.attach(task)
            _ = try await bed.worker.attach(coming)
            await bed.worker.attached(task.id, container: try await Self.make(bed))
            _ = try await Self.client(bed).create(
                EngineNetworks.request(
                    try #require(Self.told().network.networks.first), own: try #require(IPv4Address("10.0.1.4")), bridge: "b",
                    mtu: 1))
            // One that was given a moment ago is not in what managers had told before.
            await bed.worker.take(Self.told(complete: true))
            #expect(await Set(bed.worker.attachments.keys) == [coming.id])
            try await WorkerBed.wait("it to be taken out") { await bed.engine.count("disconnect") == 1 ? true : nil }
        }
    }

    @Test func aWorkerShowsTheNetworksThatItIsIn() async throws {
        try await WorkerBed.with(networks: Plane()) { bed in
            await bed.worker.take(Self.told())
            let shown = try #require(await bed.worker.shownNetworks(verbose: false).first)
            #expect(shown.name == "front-name" && shown.id == "front" && shown.scope == "swarm" && shown.driver == "overlay")
            #expect(shown.isAttachable && shown.labels == ["a": "b"] && shown.created == Self.start && shown.peers == nil)
            #expect(shown.ipam.config == [IPAMPool(subnet: "10.0.1.0/24", gateway: "10.0.1.1")])
            #expect(shown.options?[NetworkOption.vni] == "4097")
            for name in ["front", "front-name", "fro"] {
                #expect(try await bed.worker.shownNetwork(name, verbose: true).services == [:])
            }
            await #expect(throws: APIError(404, "network nope not found")) {
                try await bed.worker.shownNetwork("nope", verbose: false)
            }
        }
    }
}
