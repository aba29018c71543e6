import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmSecurity
import SwarmStore
import Testing

@testable import SwarmManager

/// What people may ask of nodes and of the swarm, on a store in memory.
@Suite struct ControlTests {
    private static let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)

    private func swarm(_ nodes: [Node]) async throws -> (control: Control, store: ClusterStore) {
        let store = ClusterStore(InMemoryStore())
        let root = try RootAuthority.create(now: Date(timeIntervalSince1970: 1_795_252_502))
        var generator = SystemRandomNumberGenerator()
        let token = JoinToken(rootDigest: root.digest, using: &generator).text
        let cluster = Cluster(
            id: Identifier.make(using: &generator), now: Self.time, spec: SwarmSpec().withDefaults,
            root: Cluster.Root(pair: Cluster.KeyPair(certificate: root.certificatePEM, key: root.keyPEM)),
            joinTokens: Swarm.JoinTokens(worker: token, manager: token), unlockKey: nil,
            peerAuthority: Cluster.KeyPair(certificate: "", key: ""), defaultAddressPool: ["10.0.0.0/8"], subnetSize: 24,
            dataPathPort: 4789)
        try await store.begin(cluster, with: nodes[0])
        for node in nodes.dropFirst() {
            var transaction = Transaction()
            try transaction.put(node)
            try await store.commit(transaction)
        }
        return (ControlBed.control(store, at: Self.time), store)
    }

    private let manager = named("a", RolePlanTests.node("aaa1", is: .manager, wanted: .manager, member: 1))
    private let worker = named("b", RolePlanTests.node("aab2", is: .worker, wanted: .worker))

    private static func named(_ name: String, _ node: Node) -> Node {
        var node = node
        node.description.hostname = name
        return node
    }

    @Test func nodesAreFoundByIDNameAndTheBeginningOfAnID() async throws {
        let (control, _) = try await swarm([manager, worker])
        #expect(try await control.node("aaa1").id == "aaa1")
        #expect(try await control.node("b").id == "aab2")
        #expect(try await control.node("aab").id == "aab2")
        #expect(await refusal { _ = try await control.node("aa") } == APIError(400, "node aa is ambiguous (2 matches found)"))
        #expect(await refusal { _ = try await control.node("x") } == APIError(404, "node x not found"))
        #expect(await refusal { _ = try await control.node("") } == APIError(404, "node  not found"))
    }

    @Test func anUpdateNamesTheVersionThatItWasMadeFrom() async throws {
        let (control, _) = try await swarm([manager, worker])
        let before = try await control.node("b")
        var spec = before.spec
        spec.availability = "drain"
        try await control.updateNode("b", version: before.version.index, spec: spec)
        let after = try await control.node("b")
        #expect(after.spec.availability == "drain" && after.version.index > before.version.index)
        #expect(
            await refusal { try await control.updateNode("b", version: before.version.index, spec: spec) }
                == APIError(500, "rpc error: code = Unknown desc = update out of sequence"))
    }

    @Test func timeDoesNotGoBackInANodeWhereTheClockDoes() async throws {
        let (control, store) = try await swarm([manager, worker])
        let late = ControlBed.control(store, at: Self.time + .seconds(86_400))
        for (control, expected) in [(late, Self.time + .seconds(86_400)), (control, Self.time + .seconds(86_400))] {
            let node = try await control.node("b")
            var spec = node.spec
            spec.labels = ["by": "\(node.version.index)"]
            try await control.updateNode("b", version: node.version.index, spec: spec)
            #expect(try await control.node("b").updatedAt == expected)
        }
    }

    @Test func onlyRolesAndAvailabilitiesThatExistAreTaken() async throws {
        let (control, _) = try await swarm([manager, worker])
        let node = try await control.node("b")
        for spec in [SwarmNode.Spec(role: "king", availability: "active"), SwarmNode.Spec(role: "worker", availability: "")] {
            #expect(await refusal { try await control.updateNode("b", version: node.version.index, spec: spec) }?.status == 400)
        }
        #expect(try await control.node("b") == node)
    }

    @Test func theLastManagerStaysOne() async throws {
        let (control, _) = try await swarm([manager, worker])
        let node = try await control.node("a")
        let spec = SwarmNode.Spec(role: "worker", availability: "active")
        #expect(
            await refusal { try await control.updateNode("a", version: node.version.index, spec: spec) }
                == APIError(
                    400,
                    "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm"))
    }

    @Test func onlyWorkersThatAreDownAreRemoved() async throws {
        var ready = worker
        ready.state = .ready
        let (control, store) = try await swarm([manager, ready])
        #expect(
            await refusal { try await control.removeNode("a", force: true) }?.message.contains("is a cluster manager") == true)
        #expect(
            await refusal { try await control.removeNode("b", force: false) }?.message
                == "rpc error: code = FailedPrecondition desc = node aab2 is not down and can't be removed")
        try await control.removeNode("b", force: true)
        #expect(try await control.nodes().map(\.id) == ["aaa1"])
        // Its certificate is refused from now on.
        #expect(try await store.removed().map(\.id) == ["aab2"])
    }

    @Test func aRotatedTokenIsAnotherOfTheSameRoot() async throws {
        let (control, _) = try await swarm([manager])
        let before = try await control.swarm()
        try await control.update(
            version: before.cluster.version.index, spec: before.cluster.spec, flags: SwarmUpdateFlags(rotateWorkerToken: true))
        let after = try await control.swarm()
        #expect(after.joinTokens.manager == before.joinTokens.manager)
        #expect(after.joinTokens.worker != before.joinTokens.worker)
        #expect(after.joinTokens.worker.dropLast(25) == before.joinTokens.worker.dropLast(25))
    }

    @Test func lockingMakesAKeyAndUnlockingForgetsIt() async throws {
        let (control, _) = try await swarm([manager])
        var present = try await control.swarm().cluster
        #expect(try await control.unlockKey() == "")
        present.spec.encryption = SwarmSpec.Encryption(autoLockManagers: true)
        try await control.update(version: present.version.index, spec: present.spec, flags: SwarmUpdateFlags())
        let key = try await control.unlockKey()
        #expect(key.hasPrefix("SWMKEY-1-"))
        present = try await control.swarm().cluster
        try await control.update(
            version: present.version.index, spec: present.spec, flags: SwarmUpdateFlags(rotateManagerUnlockKey: true))
        #expect(try await control.unlockKey() != key)
        present = try await control.swarm().cluster
        present.spec.encryption = SwarmSpec.Encryption(autoLockManagers: false)
        try await control.update(version: present.version.index, spec: present.spec, flags: SwarmUpdateFlags())
        #expect(try await control.unlockKey() == "")
    }

    @Test func keysThatSignAreNeverShown() async throws {
        let (control, _) = try await swarm([manager])
        var present = try await control.swarm().cluster
        let own = try RootAuthority.create(now: Date(timeIntervalSince1970: 1_795_252_502))
        present.spec.authority?.signingCertificate = own.certificatePEM
        present.spec.authority?.signingKey = own.keyPEM
        try await control.update(version: present.version.index, spec: present.spec, flags: SwarmUpdateFlags())
        let shown = try await control.swarm().cluster
        #expect(shown.rootRotationInProgress)
        #expect(shown.spec.authority?.signingKey == nil && shown.spec.authority?.signingCertificate == nil)
        let text = String(decoding: try JSONEncoder().encode(shown), as: UTF8.self)
        #expect(!text.contains("PRIVATE KEY"))
    }

    @Test func aStoreWithoutALeaderIsToldOfInDockersWords() async throws {
        let memory = InMemoryStore()
        let control = ControlBed.control(ClusterStore(memory), at: Self.time)
        memory.fail(with: .noLeader)
        let refused = await refusal { _ = try await control.nodes() }
        #expect(refused?.status == 500)
        #expect(refused?.message.hasPrefix("rpc error: code = Unknown desc = The swarm does not have a leader.") == true)
    }
}
