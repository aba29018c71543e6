import FoundationEssentials

/// What a node keeps of its membership between two starts.
public struct NodeCredentials: Sendable, Equatable {
    /// Certificate chain and key.
    public let identity: NodeIdentity
    /// The roots the node trusts.
    public let roots: TrustRoots

    /// Puts the two together.
    public init(identity: NodeIdentity, roots: TrustRoots) {
        self.identity = identity
        self.roots = roots
    }
}

/// The folder with a node's credentials: `swarm-root-ca.crt`, `swarm-node.crt`, `swarm-node.key`, and further secrets.
///
/// The folder has mode 0700, the files 0600. A crash at any moment leaves credentials that load: either the former ones
/// or the new ones. Certificate and key are two files, which no rename replaces at once; so the new key is first written
/// beside the old one (`swarm-node.key.next`), then the certificate is replaced, then the key. Loading takes the key
/// that belongs to the certificate.
///
/// One process at a time may use a folder.
public struct CredentialFolder: Sendable, Equatable {
    /// Path of the folder.
    public let path: String

    private static let rootFile = "swarm-root-ca.crt"
    private static let certificateFile = "swarm-node.crt"
    private static let keyFile = "swarm-node.key"
    private static let nextKeyFile = "swarm-node.key.next"

    /// The folder at this path; it is made when something is saved.
    public init(path: String) {
        self.path = path
    }

    /// Keeps the credentials; with an unlock key the private key is sealed.
    ///
    /// Saving the same credentials with another unlock key, or none, is how the lock is changed.
    /// - Throws: `SecurityError.Code.file`.
    public func save(_ credentials: NodeCredentials, unlockKey: UnlockKey? = nil) throws {
        try save(credentials.identity, roots: credentials.roots, unlockKey: unlockKey)
    }

    /// Keeps an identity and the roots; see `save(_:unlockKey:)`.
    public func save(_ identity: NodeIdentity, roots: TrustRoots, unlockKey: UnlockKey? = nil) throws {
        let key = try KeyFile.text(
            of: Data(identity.keyPEM.utf8), purpose: KeyFile.nodeKeyPurpose, sealedBy: unlockKey)
        try FileSystem.makeFolder(path)
        try FileSystem.replace(file(Self.nextKeyFile), with: Array(key.utf8))
        try FileSystem.replace(file(Self.certificateFile), with: Array(identity.certificateChainPEM.utf8))
        try FileSystem.move(file(Self.nextKeyFile), to: file(Self.keyFile))
        // Last: the new certificate's chain leads to the former roots too, the former certificate may not to the new ones.
        try save(roots: roots)
    }

    /// Replaces the roots only, as a step of root rotation does.
    /// - Throws: `SecurityError.Code.file`.
    public func save(roots: TrustRoots) throws {
        try FileSystem.makeFolder(path)
        try FileSystem.replace(file(Self.rootFile), with: Array(roots.pem.utf8))
    }

    /// What was kept; `nil` if nothing was.
    /// - Throws: `SecurityError`: `locked` if the key is sealed and no unlock key is given, `wrongUnlockKey`, what
    ///   `NodeIdentity` throws for damaged files, and `file`.
    public func load(unlockKey: UnlockKey? = nil) throws -> NodeCredentials? {
        guard let rootPEM = try text(Self.rootFile), let chainPEM = try text(Self.certificateFile) else { return nil }
        let roots = try TrustRoots(pem: rootPEM)
        var failure: (any Error)?
        for name in [Self.keyFile, Self.nextKeyFile] {
            guard let content = try text(name) else { continue }
            do {
                let pem = try KeyFile.secret(in: content, purpose: KeyFile.nodeKeyPurpose, unlockKey: unlockKey)
                let key = try NodeKey(pem: String(decoding: pem, as: UTF8.self))
                let identity = try NodeIdentity(certificateChainPEM: chainPEM, key: key, roots: roots)
                if name == Self.nextKeyFile { try FileSystem.move(file(name), to: file(Self.keyFile)) }
                return NodeCredentials(identity: identity, roots: roots)
            } catch {
                // The first file's failure is the one to tell; the second is seldom there.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        throw SecurityError(
            .file, "reading this node's credentials: \(file(Self.keyFile)) is missing; leave the swarm and join again")
    }

    /// Whether loading needs the unlock key. `false` if nothing was kept.
    public func isLocked() throws -> Bool {
        try text(Self.keyFile).map(KeyFile.isSealed) ?? false
    }

    /// Keeps a further secret, such as data keys or the root's key, in a file of its own.
    /// - Parameter name: the file's name and the secret's purpose: lower-case letters, digits and `-`.
    /// - Throws: `SecurityError.Code.file`.
    public func save(secret: some DataProtocol, name: String, unlockKey: UnlockKey? = nil) throws {
        let text = try KeyFile.text(of: secret, purpose: name, sealedBy: unlockKey)
        try FileSystem.makeFolder(path)
        try FileSystem.replace(file(secretFile(name)), with: Array(text.utf8))
    }

    /// A secret that was kept; `nil` if there is none of this name.
    /// - Throws: as `load(unlockKey:)`.
    public func secret(name: String, unlockKey: UnlockKey? = nil) throws -> Data? {
        try text(secretFile(name)).map { try KeyFile.secret(in: $0, purpose: name, unlockKey: unlockKey) }
    }

    /// The text of the file that holds a secret, as it is: sealed where the folder is. `KeyFile` reads it; `nil` if there is none.
    /// - Throws: `SecurityError.Code.file`.
    public func text(ofSecret name: String) throws -> String? { try text(secretFile(name)) }

    /// Removes everything that was kept, as leaving a swarm does.
    /// - Throws: `SecurityError.Code.file`.
    public func erase() throws {
        // The key goes first: what a crash leaves behind then is of no use to anyone.
        let known = [Self.keyFile, Self.nextKeyFile, Self.certificateFile, Self.rootFile]
        for name in known { try FileSystem.remove(file(name)) }
        for name in try FileSystem.names(in: path)
        where name.hasSuffix(".secret") || name.hasPrefix("store-") || name.hasSuffix(FileSystem.temporarySuffix) {
            try FileSystem.remove(file(name))
        }
    }

    private func file(_ name: String) -> String { "\(path)/\(name)" }

    private func secretFile(_ name: String) throws -> String {
        guard NodeName.isValid(name), !name.contains("."), name != KeyFile.nodeKeyPurpose else {
            throw SecurityError(.file, "'\(name)' cannot be the name of a secret")
        }
        return "swarm-\(name).secret"
    }

    private func text(_ name: String) throws -> String? {
        try FileSystem.contents(of: file(name)).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension CredentialFolder {
    /// Paths of a store member's files, as etcd's flags want them.
    public struct PeerFiles: Sendable, Equatable {
        /// `--peer-trusted-ca-file`.
        public let authority: String
        /// `--peer-cert-file`.
        public let certificate: String
        /// `--peer-key-file`. In clear, because etcd reads it: put the folder where it does not outlive the machine's run
        /// if the swarm is locked.
        public let key: String
    }

    /// Writes what a member of the store needs; files that are there are replaced.
    /// - Throws: `SecurityError.Code.file`.
    public func save(peer: PeerAuthority.Credentials, of authority: PeerAuthority) throws -> PeerFiles {
        let files = PeerFiles(
            authority: "\(path)/store-ca.crt", certificate: "\(path)/store-peer.crt", key: "\(path)/store-peer.key")
        try FileSystem.makeFolder(path)
        try FileSystem.replace(files.authority, with: Array(authority.certificatePEM.utf8))
        try FileSystem.replace(files.key, with: Array(peer.keyPEM.utf8))
        try FileSystem.replace(files.certificate, with: Array(peer.certificatePEM.utf8))
        return files
    }
}
