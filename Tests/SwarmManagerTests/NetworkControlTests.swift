import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmSecurity
import SwarmStore
import Testing

@testable import SwarmManager

/// What people may do with networks, on a store in memory.
@Suite struct NetworkControlTests {
    private let bed: ControlBed
    private var control: Control { bed.control }

    init() async throws { bed = try await Self.swarm(ControlBed(InMemoryStore())) }

    /// A swarm as it is after `docker swarm init`, with one node.
    private static func swarm(
        _ bed: ControlBed, pools: [String] = ["10.0.0.0/8"], subnetSize: UInt32 = 24, node address: String = "192.168.1.5"
    ) async throws -> ControlBed {
        var generator = SystemRandomNumberGenerator()
        let root = try RootAuthority.create(now: Date(timeIntervalSince1970: 1_795_252_502))
        let token = JoinToken(rootDigest: root.digest, using: &generator).text
        let cluster = Cluster(
            id: Identifier.make(using: &generator), now: ControlBed.time, spec: SwarmSpec().withDefaults,
            root: Cluster.Root(pair: Cluster.KeyPair(certificate: root.certificatePEM, key: root.keyPEM)),
            joinTokens: Swarm.JoinTokens(worker: token, manager: token), unlockKey: nil,
            peerAuthority: Cluster.KeyPair(certificate: "", key: ""), defaultAddressPool: pools, subnetSize: subnetSize,
            dataPathPort: 4789)
        let node = Node(
            id: "n1", now: ControlBed.time, role: .manager, availability: .active, address: address,
            certificateExpiry: ControlBed.time)
        try await bed.objects.begin(cluster, with: node)
        return bed
    }

    @discardableResult
    private func make(_ name: String, _ change: (inout NetworkCreateRequest) -> Void = { _ in }) async throws -> String {
        var request = NetworkCreateRequest(name: name, driver: "overlay")
        change(&request)
        return try await control.createNetwork(request)
    }

    private static func subnet(_ subnet: String, gateway: String? = nil, range: String? = nil)
        -> (inout NetworkCreateRequest) -> Void
    {
        { $0.ipam = .init(config: [IPAMPool(subnet: subnet, range: range, gateway: gateway)]) }
    }

    private func vni(_ name: String) async throws -> String? {
        try await control.network(name, verbose: false).options?[NetworkOption.vni]
    }

    @Test func aNewSwarmHasTheNetworkOfTheRoutingMesh() async throws {
        let ingress = try await control.network("ingress", verbose: false)
        #expect(ingress.isIngress && ingress.scope == "swarm" && ingress.driver == "overlay" && ingress.id.count == 25)
        #expect(ingress.ipam.config == [IPAMPool(subnet: "10.0.0.0/24", gateway: "10.0.0.1")])
        #expect(try await vni("ingress") == "4096")
    }

    @Test func eachNetworkGetsASubnetAndANumberOfItsOwn() async throws {
        try await make("front")
        try await make("wide", Self.subnet("10.9.0.0/16", gateway: "10.9.0.9", range: "10.9.4.0/24"))
        try await make("back") { $0.labels = ["a": "b"] }
        #expect(try await control.network("front", verbose: false).ipam.config?.first?.subnet == "10.0.1.0/24")
        let wide = try await control.network("wide", verbose: false)
        #expect(wide.ipam.config == [IPAMPool(subnet: "10.9.0.0/16", range: "10.9.4.0/24", gateway: "10.9.0.9")])
        let back = try await control.network("back", verbose: false)
        #expect(back.ipam.config?.first?.subnet == "10.0.2.0/24" && back.labels == ["a": "b"])
        #expect([try await vni("front"), try await vni("wide"), try await vni("back")] == ["4097", "4098", "4099"])
        // A subnet is free at once, a number comes again as late as possible.
        try await control.removeNetwork("front")
        try await make("again")
        #expect(try await control.network("again", verbose: false).ipam.config?.first?.subnet == "10.0.1.0/24")
        #expect(try await vni("again") == "4100")
    }

    @Test func aNetworkMayBeEncryptedAndSaysSo() async throws {
        try await make("secret") { $0.options = ["encrypted": ""] }
        try await make("open") { $0.options = ["encrypted": "false"] }
        let secret = try await control.network("secret", verbose: false)
        #expect(secret.options == ["encrypted": "", NetworkOption.vni: "4097"])
        let networks = try await bed.objects.networks()
        #expect(networks.first { $0.value.name == "secret" }?.value.isEncrypted == true)
        #expect(networks.first { $0.value.name == "open" }?.value.isEncrypted == false)
    }

    @Test func whatTwoNetworksWouldHaveInCommonIsRefused() async throws {
        try await make("front", Self.subnet("10.9.0.0/16"))
        #expect(await refusal { try await make("FRONT") } == APIError(409, "network with name FRONT already exists"))
        let overlap = await refusal { try await make("x", Self.subnet("10.9.7.0/24")) }
        #expect(
            overlap?.status == 403 && overlap?.message.hasPrefix("Pool overlaps with other one on this address space") == true)
        // A subnet with a node in it would cut the node off.
        #expect(await refusal { try await make("x", Self.subnet("192.168.1.0/24")) }?.status == 403)
        try await make("number") { $0.options = [NetworkOption.vni: "5000"] }
        #expect(
            await refusal { try await make("x") { $0.options = [NetworkOption.vni: "5000"] } }?.message.hasSuffix(
                "vxlan id 5000 is already in use by network number") == true)
        #expect(try await control.networks().map(\.name) == ["front", "ingress", "number"])
    }

    @Test func whatMakesNoSenseIsRefusedInDockersWords() async throws {
        let ingress = try await control.network("ingress", verbose: false)
        for (request, status, text) in [
            (NetworkCreateRequest(name: "host"), 403, "host is a pre-defined network and cannot be created"),
            (NetworkCreateRequest(name: "a b"), 400, "name must be valid as a DNS name component"),
            (NetworkCreateRequest(name: ""), 400, "meta: name must be provided"),
            (NetworkCreateRequest(name: "x", isAttachable: true, isIngress: true), 400, "ingress network cannot be attachable"),
            (NetworkCreateRequest(name: "x", isIngress: true), 409, "ingress network (\(ingress.id)) is already present"),
            (
                NetworkCreateRequest(name: "x", driver: "bridge", isIngress: true), 403,
                "Ingress network can only be global scope network"
            ),
            (NetworkCreateRequest(name: "x", isIPv6Enabled: true), 501, "networks of the swarm have no IPv6 addresses"),
            (NetworkCreateRequest(name: "x", options: [NetworkOption.mtu: "12"]), 400, "invalid MTU"),
        ] {
            let error = await refusal { _ = try await control.createNetwork(request) }
            #expect(error?.status == status && error?.message.contains(text) == true, "\(request): \(error as Any)")
        }
        for (change, text) in [
            (Self.subnet("10.1.0.5/24"), "invalid subnet 10.1.0.5/24: it should be 10.1.0.0/24"),
            (Self.subnet("10.1.0.0"), "invalid subnet 10.1.0.0: invalid CIDR block notation"),
            (Self.subnet("10.1.0.0/30"), "a network of the swarm has a prefix of 8 to 29 bits"),
            (Self.subnet("10.1.0.0/24", gateway: "10.2.0.1"), "invalid gateway 10.2.0.1"),
            (Self.subnet("10.1.0.0/24", gateway: "10.1.0.255"), "invalid gateway 10.1.0.255"),
            (Self.subnet("10.1.0.0/24", range: "10.2.0.0/25"), "it is not in the subnet 10.1.0.0/24"),
        ] {
            let error = await refusal { try await make("x", change) }
            #expect(error?.status == 400 && error?.message.contains(text) == true, "\(text): \(error as Any)")
        }
        #expect(try await control.networks().count == 1)
    }

    @Test func ofTwoThatAreMadeAtOnceNoneGetsWhatTheOtherHas() async throws {
        let store = InterruptedStore(base: InMemoryStore())
        let bed = try await Self.swarm(ControlBed(store))
        store.interrupt { base in _ = try await ControlBed(base).control.createNetwork(NetworkCreateRequest(name: "first")) }
        _ = try await bed.control.createNetwork(NetworkCreateRequest(name: "second"))
        let networks = try await bed.control.networks()
        #expect(networks.compactMap { $0.ipam.config?.first?.subnet } == ["10.0.1.0/24", "10.0.0.0/24", "10.0.2.0/24"])
        #expect(Set(networks.compactMap { $0.options?[NetworkOption.vni] }).count == 3)
        store.interrupt { base in _ = try await ControlBed(base).control.createNetwork(NetworkCreateRequest(name: "same")) }
        #expect(
            await refusal { _ = try await bed.control.createNetwork(NetworkCreateRequest(name: "same")) }
                == APIError(409, "network with name same already exists"))
    }

    @Test func poolsRunOut() async throws {
        let bed = try await Self.swarm(ControlBed(InMemoryStore()), pools: ["10.20.0.0/23"], subnetSize: 24)
        _ = try await bed.control.createNetwork(NetworkCreateRequest(name: "a"))
        let error = await refusal { _ = try await bed.control.createNetwork(NetworkCreateRequest(name: "b")) }
        #expect(error?.message.contains("could not find an available, non-overlapping IPv4 address pool") == true)
    }

    @Test func subnetsAreGivenPastTheNodesOwnAddresses() async throws {
        let bed = try await Self.swarm(ControlBed(InMemoryStore()), node: "10.0.0.7")
        #expect(try await bed.control.network("ingress", verbose: false).ipam.config?.first?.subnet == "10.0.1.0/24")
    }

    // MARK: Services in them

    private static func networks(_ targets: String...) -> (inout ServiceSpec) -> Void {
        { $0.taskTemplate.networks = targets.map { NetworkAttachmentConfig(target: $0, aliases: ["www"]) } }
    }

    @Test func servicesKeepTheirNetworksByID() async throws {
        let front = try await make("front")
        let back = try await make("back")
        try await bed.create("web", Self.networks("front", String(back.prefix(8)), front, "host"))
        let networks = try await control.service("web").spec.taskTemplate.networks
        #expect(networks?.map(\.target) == [front, back, "host"] && networks?.first?.aliases == ["www"])
        // Named or by ID, it is the same spec: nothing is to be replaced.
        try await bed.update("web", Self.networks("front", "back", "host"))
        #expect(try await control.service("web").spec.taskTemplate.networks == networks)
    }

    @Test func aNetworkThatIsNotThereIsNotFound() async throws {
        #expect(await refusal { try await bed.create("web", Self.networks("nope")) } == APIError(404, "network nope not found"))
        #expect(
            await refusal { try await bed.create("web", Self.networks("ingress")) }
                == APIError(
                    400,
                    "rpc error: code = InvalidArgument desc = Service cannot be explicitly attached to the ingress network \"ingress\""
                ))
        try await bed.create("web")
        #expect(await refusal { try await bed.update("web", Self.networks("nope")) } == APIError(404, "network nope not found"))
    }

    @Test func aNetworkInUseStays() async throws {
        let front = try await make("front")
        let web = try await bed.create("web", Self.networks("front"))
        let inUse = "rpc error: code = FailedPrecondition desc = network \(front) is in use by service \(web)"
        #expect(await refusal { try await control.removeNetwork("front") } == APIError(400, inUse))
        #expect(try await control.pruneNetworks { _ in true } == [])
        // A task of before an update may still be there.
        let service = try #require(try await bed.objects.service(web)?.value)
        var task = TaskRecord(id: "t1", now: ControlBed.time, service: service, slot: 1, desiredState: .running)
        task.networks = [.init(networkID: front, addresses: ["10.0.1.3/24"])]
        try await bed.put(task)
        try await bed.update("web", Self.networks())
        #expect(
            await refusal { try await control.removeNetwork("front") }
                == APIError(400, "rpc error: code = FailedPrecondition desc = network \(front) is in use by task t1"))
        // When the service goes, it is not waited for until its tasks have ended.
        try await control.removeService("web")
        try await make("unused")
        #expect(try await control.pruneNetworks { $0.name != "unused" } == ["front"])
        #expect(try await control.networks().map(\.name) == ["ingress", "unused"])
        #expect(await refusal { try await control.removeNetwork("front") } == APIError(404, "network front not found"))
    }

    @Test func aNetworkIsNotRemovedWhileAServiceComesToBeInIt() async throws {
        let store = InterruptedStore(base: InMemoryStore())
        let bed = try await Self.swarm(ControlBed(store))
        _ = try await bed.control.createNetwork(NetworkCreateRequest(name: "front"))
        store.interrupt { base in try await ControlBed(base).create("web", Self.networks("front")) }
        #expect(await refusal { try await bed.control.removeNetwork("front") }?.message.contains("is in use by service") == true)
        // And the other way round.
        try await bed.control.removeService("web")
        store.interrupt { base in try await ControlBed(base).control.removeNetwork("front") }
        #expect(
            await refusal { try await bed.create("late", Self.networks("front")) } == APIError(404, "network front not found"))
    }

    @Test func theMeshIsThereForAsLongAsSomethingIsPublishedInIt() async throws {
        let web = try await bed.create("web", ControlBed.publish(ControlBed.port(80)))
        #expect(
            await refusal { try await control.removeNetwork("ingress") }
                == APIError(
                    400,
                    "rpc error: code = FailedPrecondition desc = ingress network cannot be removed because service \(web) depends on it"
                ))
        #expect(try await control.pruneNetworks { _ in true } == [])
        try await control.removeService("web")
        try await control.removeNetwork("ingress")
        let none = await refusal { try await bed.create("web", ControlBed.publish(ControlBed.port(80))) }
        #expect(none?.message.hasSuffix("service needs ingress network, but no ingress network is present") == true)
        try await bed.create("host", ControlBed.publish(ControlBed.port(80, mode: "host")))
        try await make("mesh") { $0.isIngress = true }
        try await bed.create("web", ControlBed.publish(ControlBed.port(81)))
    }

    @Test func aSwarmFromBeforeGetsItsMeshOnceAndNotAgain() async throws {
        let store = InMemoryStore()
        let bed = try await Self.swarm(ControlBed(store))
        let fence = try await Self.fence(store)
        try await bed.control.removeNetwork("ingress")
        try await bed.objects.addIngress(fence: fence, now: ControlBed.time)
        #expect(try await bed.control.networks().isEmpty, "somebody has removed it")
        var before = Transaction()
        before.delete(StoreKey.networkAllocations)
        try await bed.objects.commit(before)
        for _ in 0..<2 { try await bed.objects.addIngress(fence: fence, now: ControlBed.time) }
        #expect(try await bed.control.networks().map(\.name) == ["ingress"])
    }

    private static func fence(_ store: any Store) async throws -> Fence {
        var transaction = Transaction()
        transaction.put(Leader.key, Data("{}".utf8))
        return Fence(modRevision: try await store.commit(transaction))
    }

    // MARK: What is shown

    @Test func tasksAndNetworksShowWhoIsInThem() async throws {
        let front = try await make("front")
        let web = try await bed.create("web", Self.networks("front"))
        var service = try #require(try await bed.objects.service(web)?.value)
        service.endpoint?.virtualIPs = [.init(networkID: front, address: "10.0.1.2/24")]
        try await bed.put(service)
        var node = Node(
            id: "n1", now: ControlBed.time, role: .manager, availability: .active, address: "192.168.1.5",
            certificateExpiry: ControlBed.time)
        node.state = .ready
        try await bed.put(node)
        var task = TaskRecord(id: "t1", now: ControlBed.time, service: service, slot: 1, nodeID: "n1", desiredState: .running)
        task.networks = [.init(networkID: front, addresses: ["10.0.1.3/24"])]
        task.status.state = .running
        try await bed.put(task)
        var transaction = Transaction()
        try transaction.put(NetworkPeer(networkID: front, nodeID: "n1", address: "10.0.1.4/24"))
        try await bed.objects.commit(transaction)

        let attachment = try #require(try await control.task("t1").networks?.first)
        #expect(attachment.addresses == ["10.0.1.3/24"] && attachment.network?.spec.name == "front")
        #expect(attachment.network?.driverState?.options == [NetworkOption.vni: "4097"])
        #expect(try await control.tasks(Filters()).first?.networks == [attachment])
        let detailed = try await control.network("front", verbose: true)
        #expect(detailed.peers == [.init(name: "n1", address: "192.168.1.5")])
        #expect(
            detailed.services == [
                "web": .init(
                    virtualIP: "10.0.1.2", ports: [],
                    tasks: [.init(name: "web.1.t1", endpointID: "t1", address: "10.0.1.3", info: ["Host IP": "192.168.1.5"])])
            ])
    }
}
