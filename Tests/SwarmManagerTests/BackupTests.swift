import DockerAPI
import Foundation
import SwarmManager
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore
import Testing

@testable import SwarmNode

/// A swarm in a file, and what becomes of files that are not as they were written.
@Suite struct BackupTests {
    private let bed: Bed
    init() throws { bed = try Bed(things: 20) }

    @Test func whatWasWrittenIsRead() throws {
        try bed.write()
        let reader = try BackupReader(path: bed.file)
        #expect(reader.manifest == bed.manifest)
        var read: [BackupEntry] = []
        while let entry = try reader.next() { read.append(entry) }
        #expect(read == bed.entries)
        #expect(reader.count == bed.entries.count)
        let mode = try FileManager.default.attributesOfItem(atPath: bed.file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(!FileManager.default.fileExists(atPath: bed.file + ".partial"))
        // What proves that it is whole can be computed by others.
        let lines = try String(contentsOfFile: bed.file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == bed.entries.count + 3 && lines.last == "")
        #expect(lines[lines.count - 2].hasPrefix(#"{"sha256":""#))
    }

    @Test func whatCannotBeWrittenLeavesWhatWasThere() throws {
        try bed.write()
        let before = try bed.bytes()
        let folder = bed.folder + "/missing/backup"
        #expect(throws: BackupError.self) { try BackupFile.write(bed.manifest, bed.entries, to: folder) }
        #expect(try bed.bytes() == before)
    }

    @Test func onlyFilesAreReplaced() throws {
        let link = bed.folder + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: bed.file)
        for path in [link, bed.folder, "/dev/null"] {
            #expect(throws: BackupError("writing \(path): what is there is not a file")) { try SwarmBackup.requirePlace(path) }
        }
        try SwarmBackup.requirePlace(bed.file)
        try bed.write()
        try SwarmBackup.requirePlace(bed.file)
    }

    @Test func everyTruncationIsNoticed() throws {
        try bed.write()
        let whole = try bed.bytes()
        for length in Array(stride(from: 0, to: whole.count, by: 97)) + (1...200).map({ whole.count - $0 }) {
            try Data(whole[..<length]).write(to: URL(fileURLWithPath: bed.file))
            let error = #expect(throws: BackupError.self) { try bed.restore() }
            #expect(error?.description.contains("cut off") == true || error?.description.contains("is no backup") == true)
            try bed.expectNothingChanged()
        }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        try bed.write()
        let whole = try bed.bytes()
        let places = Array(stride(from: 0, to: whole.count, by: 61)) + Array(whole.count - 120..<whole.count)
        for place in places {
            var damaged = whole
            damaged[place] ^= 1 << UInt8(place % 8)
            try damaged.write(to: URL(fileURLWithPath: bed.file))
            #expect(throws: BackupError.self, "bit \(place % 8) of byte \(place)") { try bed.restore() }
            try bed.expectNothingChanged()
        }
        try (whole + Data("more".utf8)).write(to: URL(fileURLWithPath: bed.file))
        #expect(throws: BackupError.self) { try bed.restore() }
        try bed.expectNothingChanged()
    }

    @Test func foreignFilesAreRefused() throws {
        for text in [
            "", "\n", "{}\n", "PK\u{3}\u{4}", #"{"format":"another","version":1}"# + "\n", String(repeating: "x", count: 1 << 20),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: bed.file))
            #expect(throws: BackupError("\(bed.file) is no backup of a swarm")) { try bed.restore() }
        }
        #expect(throws: BackupError("reading /dev/zero: this is not a file")) { try BackupReader(path: "/dev/zero") }
        #expect(throws: BackupError("reading \(bed.folder): this is not a file")) { try BackupReader(path: bed.folder) }
        let missing = bed.folder + "/missing"
        #expect(throws: BackupError("reading \(missing): No such file or directory")) { try BackupReader(path: missing) }
        try bed.expectNothingChanged()
    }

    @Test func anotherFormatIsNamed() throws {
        var manifest = bed.manifest
        manifest.version = 2
        try BackupFile.write(manifest, bed.entries, to: bed.file)
        let error = #expect(throws: BackupError.self) { try bed.restore() }
        #expect(error?.description.contains("is a backup of format 2, and this swarmd knows format 1 only") == true)
        try bed.expectNothingChanged()
    }

    @Test func aBackupWithoutItsSwarmIsRefused() throws {
        try BackupFile.write(bed.manifest, Array(bed.entries.dropFirst()), to: bed.file)
        #expect(throws: BackupError.self) { try bed.restore() }
        // A key that does not open what is in it.
        try BackupFile.write(try bed.manifest(dataKey: DataKey(), sealedBy: nil), bed.entries, to: bed.file)
        #expect(throws: BackupError.self) { try bed.restore() }
        try bed.expectNothingChanged()
    }

    @Test func aRestoredNodeIsPartOfTheSwarmAndNamesItsBackup() throws {
        try bed.write()
        let summary = try bed.restore()
        #expect(
            summary
                == SwarmBackup.Summary(
                    nodeID: bed.nodeID, entries: bed.entries.count, isSealed: false, address: "10.0.0.1:2377"))
        let membership = try #require(try bed.files.membership())
        #expect(membership.managers == [bed.nodeID: "10.0.0.1:2377"] && membership.hasStore)
        let copy = try Data(contentsOf: URL(fileURLWithPath: bed.files.backup(try #require(membership.backup))))
        #expect(try copy == bed.bytes())
    }

    @Test func theAddressIsThatOfTheBackupWhereTheHostHasIt() throws {
        try bed.write()
        func address(_ chosen: SwarmBackup.Addresses, _ host: HostAddresses) throws -> String {
            try bed.restore(chosen, on: host, force: true).address
        }
        let other = HostAddresses([.init(interface: "eth0", address: "10.0.0.2")])
        let both = HostAddresses(other.entries + bed.host.entries)
        #expect(try address(.init(), both) == "10.0.0.1:2377")
        #expect(try address(.init(), other) == "10.0.0.2:2377")
        #expect(try address(.init(advertise: "eth0:4000"), both) == "10.0.0.2:4000")
        #expect(try address(.init(advertise: "192.0.2.1"), other) == "192.0.2.1:2377")
        let two = HostAddresses(other.entries + [.init(interface: "eth1", address: "10.1.0.2")])
        let error = #expect(throws: BackupError.self) { try address(.init(), two) }
        #expect(error?.description.contains("could not choose an IP address to advertise") == true)
    }

    @Test func aNodeOfASwarmIsRefusedUnlessForced() throws {
        try bed.write()
        try bed.restore()
        let before = try bed.files.membership()
        let error = #expect(throws: BackupError.self) { try bed.restore() }
        #expect(error?.description.hasPrefix("this node is part of a swarm already") == true)
        #expect(try bed.files.membership() == before)
        // A forced one that fails leaves what was there, the former backup among it.
        try Data("foreign".utf8).write(to: URL(fileURLWithPath: bed.file))
        #expect(throws: BackupError.self) { try bed.restore(force: true) }
        #expect(try bed.files.membership() == before)
        _ = try BackupReader(path: bed.files.backup(try #require(before?.backup))).verify()
    }

    @Test func oneProcessAtATimeWorksWithANode() async throws {
        try bed.write()
        let lock = try #require(try await NodeLock.acquire(bed.configuration.stateDirectory))
        #expect(try await NodeLock.acquire(bed.configuration.stateDirectory, within: .milliseconds(50)) == nil)
        let error = await #expect(throws: BackupError.self) {
            try await SwarmBackup.restore(
                bed.file, to: bed.configuration, addresses: .init(advertise: "10.0.0.1"), force: false)
        }
        #expect(error?.description.contains("stop it first") == true)
        withExtendedLifetime(lock) {}
        #expect(try bed.files.membership() == nil)
    }

    @Test func anEmptyStoreGetsEverythingAndTheNodeItsCertificates() async throws {
        // More than one request to a store may have.
        let bed = try Bed(things: 5000)
        try bed.write()
        let swarm = try RestoredSwarm(path: bed.file, unlockKey: nil)
        let store = SealedStore(InMemoryStore(), sealing: Seal(key: DataKey()))
        try await swarm.fill(store)
        let objects = ClusterStore(store)
        #expect(try await objects.cluster().value == bed.cluster)
        #expect(try await store.read(prefix: "").entries.count == bed.entries.count)
        #expect(try await store.read(key: "things/4999")?.value == Data("4999".utf8))

        let address = Endpoint(host: "10.0.0.9", port: 2377)
        try await objects.goOnAlone(bed.nodeID, member: 7, at: address, now: Timestamp(nanoseconds: 2))
        let nodes = try await objects.nodes().map(\.value)
        let own = try #require(nodes.first { $0.id == bed.nodeID })
        #expect(own.manager == Node.ManagerPart(address: "10.0.0.9:2377", member: 7, reachability: .reachable))
        #expect(own.address == "10.0.0.9" && own.role == .manager)
        #expect(
            nodes.filter { $0.id != bed.nodeID }.allSatisfy {
                $0.manager == nil && $0.role == .worker && $0.desiredRole == .worker
            })

        let credentials = try swarm.credentials(now: Date())
        #expect(credentials.identity.nodeID == bed.nodeID && credentials.identity.clusterID == bed.cluster.id)
        #expect(credentials.identity.role == .manager && credentials.roots.pem == bed.cluster.trustedRoots)
        #expect(try swarm.peer(at: "10.0.0.9", now: Date()).authority == bed.cluster.peerAuthority.certificate)
    }

    @Test func whatIsSealedOpensWithItsKeyOnly() throws {
        let key = UnlockKey()
        let manifest = try bed.manifest(dataKey: bed.dataKey, sealedBy: key)
        try BackupFile.write(manifest, bed.entries, to: bed.file)
        #expect(manifest.isSealed)
        #expect(try !String(contentsOfFile: bed.file, encoding: .utf8).contains(bed.dataKey.bytes.base64EncodedString()))
        #expect(try bed.restore().isSealed)
        func code(_ key: UnlockKey?) -> SecurityError.Code? {
            (#expect(throws: SecurityError.self) { try RestoredSwarm(path: bed.file, unlockKey: key) })?.code
        }
        #expect(code(nil) == .locked)
        #expect(code(UnlockKey()) == .wrongUnlockKey)
        #expect(try RestoredSwarm(path: bed.file, unlockKey: key).cluster == bed.cluster)
    }

    @Test func theKeyIsSealedWhereTheSwarmIsToBeLocked() throws {
        let folder = CredentialFolder(path: bed.files.credentials)
        #expect(try bed.files.sealedDataKey(for: bed.entries) == nil)
        try folder.save(secret: bed.dataKey.bytes, name: "data-key")
        let plain = try #require(try bed.files.sealedDataKey(for: bed.entries))
        #expect(!KeyFile.isSealed(plain))
        // Autolock was turned on, and the node has not heard of it yet.
        let key = UnlockKey()
        var cluster = bed.cluster
        cluster.unlockKey = key.text
        let locked = try #require(try bed.files.sealedDataKey(for: try bed.entries(of: cluster)))
        #expect(KeyFile.isSealed(locked))
        #expect(try KeyFile.secret(in: locked, purpose: "data-key", unlockKey: key) == bed.dataKey.bytes)
        // It has heard: what is on disk is taken.
        try folder.save(secret: bed.dataKey.bytes, name: "data-key", unlockKey: key)
        let kept = try folder.text(ofSecret: "data-key")
        #expect(try bed.files.sealedDataKey(for: bed.entries) == kept)
    }
}

/// A swarm of two managers, a place for its backup, and a host for it.
private final class Bed {
    let folder: String
    let file: String
    let configuration: ClusterNode.Configuration
    let files: NodeFiles
    let host = HostAddresses([.init(interface: "eth0", address: "10.0.0.1")])
    let cluster: Cluster
    let nodeID: String
    let dataKey = DataKey()
    private let things: Int
    private(set) var entries: [BackupEntry] = []
    private(set) var manifest: BackupManifest

    init(things count: Int) throws {
        things = count
        folder = NSTemporaryDirectory() + "backup-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        file = folder + "/backup"
        configuration = ClusterNode.Configuration(stateDirectory: folder + "/state", runDirectory: folder + "/run")
        files = NodeFiles(stateDirectory: configuration.stateDirectory, runDirectory: configuration.runDirectory)
        let plan = try SwarmPlan(
            try JSONDecoder().decode(SwarmInitRequest.self, from: Data("{}".utf8)), now: Timestamp(nanoseconds: 1))
        cluster = plan.cluster
        nodeID = try plan.identity(now: Date()).nodeID
        manifest = BackupManifest(
            createdAt: Timestamp(nanoseconds: 1), nodeID: nodeID, listenAddress: "0.0.0.0:2377",
            advertiseAddress: "10.0.0.1:2377", dataPathAddress: "10.0.0.1", dataKey: "")
        manifest = try manifest(dataKey: dataKey, sealedBy: nil)
        entries = try entries(of: cluster)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func manifest(dataKey: DataKey, sealedBy key: UnlockKey?) throws -> BackupManifest {
        var changed = manifest
        changed.dataKey = try KeyFile.text(of: dataKey.bytes, purpose: "data-key", sealedBy: key)
        return changed
    }

    func entries(of cluster: Cluster) throws -> [BackupEntry] {
        let nodes = [nodeID, "another"].map { id in
            var node = Node(
                id: id, now: Timestamp(nanoseconds: 1), role: .manager, availability: .active, address: "10.0.0.1",
                certificateExpiry: Timestamp(nanoseconds: 1))
            node.manager = Node.ManagerPart(address: "10.0.0.1:2377", member: 1, reachability: .reachable)
            return node
        }
        var values = [(StoreKey.cluster, try JSONEncoder().encode(cluster))]
        for node in nodes { values.append((StoreKey.node(node.id), try JSONEncoder().encode(node))) }
        for number in 0..<things { values.append(("things/\(number)", Data("\(number)".utf8))) }
        let seal = Seal(key: dataKey)
        return try values.map { BackupEntry(key: $0.0, value: try seal.seal($0.1, key: $0.0)) }
    }

    func write() throws { try BackupFile.write(manifest, entries, to: file) }
    func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file)) }

    @discardableResult
    func restore(
        _ chosen: SwarmBackup.Addresses = .init(), on host: HostAddresses? = nil, force: Bool = false
    ) throws -> SwarmBackup.Summary {
        try SwarmBackup.restore(file, to: configuration, chosen, on: host ?? self.host, force: force)
    }

    func expectNothingChanged(at location: SourceLocation = #_sourceLocation) throws {
        let left = (try? FileManager.default.contentsOfDirectory(atPath: configuration.stateDirectory)) ?? []
        #expect(left == [], sourceLocation: location)
    }
}
