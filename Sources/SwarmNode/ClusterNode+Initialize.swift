import DockerAPI
import FoundationEssentials
import SwarmManager
import SwarmModel
import SwarmRPC
import SwarmSecurity
import SwarmStore

extension ClusterNode {
    /// What is refused where the node is part of a swarm already.
    static let alreadyPart = APIError(
        503,
        "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.")

    func makeSwarm(_ request: SwarmInitRequest) async throws -> String {
        if request.forceNewCluster == true, case .active = phase { return try await startAlone() }
        try requireInactive()
        if let complaint = request.spec?.complaint { throw complaint }
        let addresses = HostAddresses.current()
        let listen = try addresses.listen(request.listenAddress ?? "")
        let advertise = try addresses.advertise(request.advertiseAddress ?? "", listen: listen)
        let dataPath = try addresses.dataPath(request.dataPathAddress ?? "", advertise: advertise)
        let availability = try Availability(requested: request.availability)
        let plan = try SwarmPlan(request, now: now())
        let identity = try plan.identity(now: Date())
        let roots = try TrustRoots(plan.root)
        let credentials = NodeCredentials(identity: identity, roots: roots)
        let dataKey = DataKey()
        let peer = try PeerCredentials(plan.peerAuthority, nodeID: identity.nodeID, address: advertise.host, now: Date())

        try files.eraseAll()
        keepTunnelKey()
        // The engine takes its time to answer; the store starts meanwhile.
        let description = Task { await describeAnew() }
        do {
            unlockKey = try plan.cluster.unlockKey.map { try UnlockKey(parsing: $0) }
            try folder.save(credentials, unlockKey: unlockKey)
            try save(dataKey: dataKey, peer: peer)
            let time = now()
            let tunnelKey = tunnelKey
            let runtime = try await ManagerRuntime.start(
                ManagerRuntime.Parts(
                    credentials: credentials, dataKey: dataKey, peer: peer, listen: listen, advertise: advertise),
                files: files, start: .newCluster, within: Self.startLimit, group: group, logger: logger, now: now
            ) { objects, status in
                var node = Node(
                    id: identity.nodeID, now: time, role: .manager, availability: availability, address: advertise.host,
                    certificateExpiry: Timestamp(identity.notAfter))
                node.manager = Node.ManagerPart(
                    address: advertise.description, member: status.memberID, reachability: .reachable)
                // As its first session will report it: whoever changes the node right after this one is answered has seen its last version.
                node.take(
                    NodeReport(
                        of: await description.value, credentials, address: advertise.description, isServing: true,
                        dataPath: dataPath, tunnelKey: tunnelKey), seen: nil)
                try await objects.begin(plan.cluster, with: node)
            }
            let membership = Membership(
                listenAddress: listen.description, advertiseAddress: advertise.description, dataPathAddress: dataPath,
                managers: [identity.nodeID: advertise.description], hasStore: true,
                interface: addresses.interface(of: advertise.host))
            try files.save(membership)
            (self.credentials, self.membership, phase) = (credentials, membership, .active)
            adopt(runtime)
            startAgent()
            await runtime.waitUntilInformed()
            return identity.nodeID
        } catch {
            unlockKey = nil
            try? files.eraseAll()
            throw error
        }
    }

    func requireInactive() throws {
        switch phase {
        case .inactive: return
        default: throw Self.alreadyPart
        }
    }

    /// Goes on as the only manager, with what this one has: the way back where most managers are lost for good.
    private func startAlone() async throws -> String {
        guard let credentials, let membership, membership.hasStore, let secrets = try managerSecrets(),
            let listen = Endpoint(membership.listenAddress), let advertise = Endpoint(membership.advertiseAddress)
        else { throw notManager }
        await stopAll()
        let time = now()
        let id = credentials.identity.nodeID
        let peer = try fitting(secrets.peer, nodeID: id, address: advertise.host)
        let runtime = try await ManagerRuntime.start(
            ManagerRuntime.Parts(
                credentials: credentials, dataKey: secrets.dataKey, peer: peer, listen: listen, advertise: advertise),
            files: files, start: .forceNewCluster, within: Self.startLimit, group: group, logger: logger, now: now
        ) { objects, status in try await objects.goOnAlone(id, member: status.memberID, now: time) }
        var alone = membership
        alone.managers = [id: advertise.description]
        try files.save(alone)
        self.membership = alone
        adopt(runtime)
        startAgent()
        return id
    }
}

/// What a new swarm is made of.
struct SwarmPlan {
    let cluster: Cluster
    let root: RootAuthority
    let peerAuthority: PeerAuthority
    private let nodeID: String

    init(_ request: SwarmInitRequest, now: Timestamp) throws {
        var generator = SystemRandomNumberGenerator()
        let instant = Date()
        var spec = (request.spec ?? SwarmSpec()).withDefaults
        if request.autoLockManagers == true { spec.encryption?.autoLockManagers = true }
        root = try RootAuthority.create(now: instant)
        peerAuthority = try PeerAuthority.create(now: instant)
        nodeID = Identifier.make(using: &generator)
        let pools = request.defaultAddressPool ?? []
        let subnetSize = request.subnetSize ?? 0
        cluster = Cluster(
            id: Identifier.make(using: &generator), now: now, spec: spec,
            root: Cluster.Root(pair: Cluster.KeyPair(certificate: root.certificatePEM, key: root.keyPEM)),
            joinTokens: Swarm.JoinTokens(
                worker: JoinToken(rootDigest: root.digest, using: &generator).text,
                manager: JoinToken(rootDigest: root.digest, using: &generator).text),
            unlockKey: spec.encryption?.autoLockManagers == true ? UnlockKey().text : nil,
            peerAuthority: Cluster.KeyPair(certificate: peerAuthority.certificatePEM, key: peerAuthority.keyPEM),
            defaultAddressPool: pools.isEmpty ? ["10.0.0.0/8"] : try pools.map { try Self.checked($0, subnetSize) },
            subnetSize: try Self.checked(subnetSize: subnetSize), dataPathPort: try Self.checked(port: request.dataPathPort ?? 0))
    }

    func identity(now: Date) throws -> NodeIdentity {
        let key = NodeKey()
        let chain = try root.issue(
            signingRequest: try key.signingRequest(), nodeID: nodeID, role: .manager, clusterID: cluster.id,
            life: .nanoseconds(cluster.spec.authority?.nodeCertificateExpiry ?? 0), now: now)
        return try NodeIdentity(certificateChainPEM: chain, key: key, roots: try TrustRoots(root))
    }

    private static func checked(subnetSize: UInt32) throws -> UInt32 {
        guard subnetSize <= 29 else { throw APIError(400, "subnet size is out of range: \(subnetSize)") }
        return subnetSize == 0 ? 24 : subnetSize
    }

    private static func checked(port: UInt32) throws -> UInt32 {
        guard port == 0 || (1024...49151).contains(port) else {
            throw APIError(400, "Datapath port number is not in valid range (1024-49151) : \(port)")
        }
        return port == 0 ? 4789 : port
    }

    /// A pool in CIDR notation that has room for subnets of that size.
    private static func checked(_ pool: String, _ subnetSize: UInt32) throws -> String {
        let parts = pool.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = UInt32(parts[1]), length <= 32,
            parts[0].split(separator: ".", omittingEmptySubsequences: false).compactMap({ UInt8($0) }).count == 4
        else { throw APIError(400, "invalid CIDR address: \(pool)") }
        guard length <= (subnetSize == 0 ? 24 : subnetSize) else {
            throw APIError(400, "invalid CIDR: \"\(pool)\". Subnet size is too small for pool: \(subnetSize)")
        }
        return pool
    }
}

extension Availability {
    init(requested text: String?) throws {
        guard let value = Availability(rawValue: text.flatMap { $0.isEmpty ? nil : $0 } ?? "active") else {
            throw APIError(400, "invalid Availability: \"\(text ?? "")\"")
        }
        self = value
    }
}

extension ClusterNode {
    /// How long a new store may take to start: most need a fraction of a second, an emulated machine on a busy host much more.
    static let startLimit: Duration = .seconds(90)
}
