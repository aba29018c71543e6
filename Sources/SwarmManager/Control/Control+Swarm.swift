import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmSecurity
import SwarmStore

extension Control {
    /// The swarm and its join tokens.
    public func swarm(within limit: Duration = defaultStoreLimit) async throws -> Swarm {
        let cluster = try await objects.cluster(within: limit)
        return Swarm(cluster: try cluster.value.shown(version: cluster.version), joinTokens: cluster.value.joinTokens)
    }

    /// What managers are unlocked with; empty where they are not locked at start.
    public func unlockKey() async throws -> String { try await objects.cluster().value.unlockKey ?? "" }

    /// Changes the swarm's settings, tokens, unlock key and root authority.
    public func update(version: UInt64, spec: SwarmSpec, flags: SwarmUpdateFlags) async throws {
        let present = try await objects.cluster()
        if let complaint = spec.complaint { throw complaint }
        guard present.version == version else { throw APIError.outOfSequence }
        var cluster = present.value
        var generator = SystemRandomNumberGenerator()
        try cluster.change(to: spec, now: now())
        if flags.rotateWorkerToken { cluster.joinTokens.worker = try cluster.newToken(using: &generator) }
        if flags.rotateManagerToken { cluster.joinTokens.manager = try cluster.newToken(using: &generator) }
        if flags.rotateManagerUnlockKey, cluster.unlockKey != nil { cluster.unlockKey = UnlockKey().text }
        cluster.touch(now())
        var transaction = Transaction()
        transaction.require(StoreKey.cluster, modRevision: present.version)
        try transaction.put(cluster)
        try await objects.commit(transaction)
    }
}

extension Cluster {
    /// As the API shows it.
    public func shown(version: UInt64) throws -> ClusterInfo {
        ClusterInfo(
            id: id, version: ObjectVersion(index: version), createdAt: createdAt, updatedAt: updatedAt, spec: spec,
            tlsInfo: try tlsInfo(), rootRotationInProgress: nextRoot != nil, defaultAddressPool: defaultAddressPool,
            subnetSize: subnetSize, dataPathPort: dataPathPort)
    }

    private func tlsInfo() throws -> TLSInfo {
        TLSInfo(try RootAuthority(signingRoot).issuer, trustRoot: root.pair.certificate)
    }

    func newToken(using generator: inout some RandomNumberGenerator) throws -> String {
        JoinToken(rootDigest: try RootAuthority(root).digest, using: &generator).text
    }

    /// Takes over a new spec, with what follows from it: locking, and a new root authority.
    mutating func change(to new: SwarmSpec, now: Timestamp) throws {
        let old = spec
        spec = new.withDefaults
        let locks = spec.encryption?.autoLockManagers ?? false
        if locks != (unlockKey != nil) { unlockKey = locks ? UnlockKey().text : nil }

        let certificate = spec.authority?.signingCertificate ?? ""
        let key = spec.authority?.signingKey ?? ""
        // Write-only: what signs is part of the cluster, not of what people see.
        spec.authority?.signingCertificate = nil
        spec.authority?.signingKey = nil
        let isForced = spec.authority?.forceRotate != old.authority?.forceRotate
        guard isForced || !certificate.isEmpty || !key.isEmpty else { return }
        let instant = Date(now)
        let next: RootAuthority
        do {
            next =
                certificate.isEmpty && key.isEmpty
                ? try RootAuthority.create(now: instant)
                : try RootAuthority.supplied(certificatePEM: certificate, keyPEM: key, now: instant)
        } catch let error as SecurityError {
            throw APIError.remote(.invalidArgument, error.description)
        }
        if try next.certificatePEM == RootAuthority(root).certificatePEM {
            nextRoot = nil
            return
        }
        nextRoot = Root(
            pair: KeyPair(certificate: next.certificatePEM, key: next.keyPEM),
            crossSigned: try RootAuthority(root).crossSign(next, now: instant))
    }
}

extension TLSInfo {
    /// What a node or the swarm tells of who signs its certificates.
    public init(_ issuer: CertificateIssuer, trustRoot: String) {
        self.init(
            trustRoot: trustRoot, issuerSubject: issuer.subject.base64EncodedString(),
            issuerPublicKey: issuer.publicKey.base64EncodedString())
    }
}

extension Timestamp {
    /// To the microsecond.
    public init(_ date: Date) { self.init(nanoseconds: Int64(date.timeIntervalSince1970 * 1e6) * 1000) }
}

extension Date {
    init(_ time: Timestamp) { self.init(timeIntervalSince1970: Double(time.nanoseconds) / 1e9) }
}

extension RootAuthority {
    /// The authority that the store holds.
    public init(_ root: Cluster.Root) throws {
        try self.init(
            certificatePEM: root.pair.certificate, keyPEM: root.pair.key, intermediatesPEM: root.crossSigned.map { [$0] } ?? [])
    }
}
