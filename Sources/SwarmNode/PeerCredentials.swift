import FoundationEssentials
import SwarmSecurity
import SwarmStore

/// What the node's member of the store shows to other members, and whom it believes; PEM.
///
/// A manager keeps the key of the members' authority beside its own, so that it can give itself a new certificate before its store
/// runs: it may come back when its certificate has expired, or under another address, and the store is where the key would come
/// from otherwise. It tells a thief of the disk nothing more: the store is on the same disk, and so is the key that it is sealed with.
struct PeerCredentials: Sendable, Codable, Equatable {
    /// The certificate of the authority.
    var authority: String
    /// The authority's key; nil until the manager has read it from the store.
    var authorityKey: String?
    var certificate: String
    var key: String

    /// With a new certificate.
    init(_ authority: PeerAuthority, nodeID: String, address: String, now: Date) throws {
        let issued = try authority.issue(nodeID: nodeID, addresses: [address], now: now)
        self.init(
            authority: authority.certificatePEM, authorityKey: authority.keyPEM, certificate: issued.certificatePEM,
            key: issued.keyPEM)
    }

    init(authority: String, authorityKey: String?, certificate: String, key: String) {
        self.authority = authority
        self.authorityKey = authorityKey
        self.certificate = certificate
        self.key = key
    }

    /// Whether other members accept the certificate, where they call this one by that address.
    func serves(_ address: String, at now: Date) -> Bool {
        (try? PeerCertificate(pem: certificate))?.serves(address, at: now) ?? false
    }

    /// The same with a new certificate; nil where the authority's key is not known.
    func renewed(nodeID: String, address: String, now: Date) throws -> PeerCredentials? {
        guard let authorityKey else { return nil }
        return try PeerCredentials(
            PeerAuthority(certificatePEM: authority, keyPEM: authorityKey), nodeID: nodeID, address: address, now: now)
    }

    /// Writes the files that etcd reads for every connection. A handshake between the two fails, and is tried again.
    @discardableResult
    func write(to files: NodeFiles) throws -> EtcdConfiguration.PeerIdentity {
        let paths = EtcdConfiguration.PeerIdentity(
            certificate: files.peer + "/peer.crt", key: files.peer + "/peer.key", authority: files.peer + "/ca.crt")
        try files.makeDirectory(files.peer)
        try files.write(Data(authority.utf8), to: paths.authority)
        try files.write(Data(key.utf8), to: paths.key)
        try files.write(Data(certificate.utf8), to: paths.certificate)
        return paths
    }
}
