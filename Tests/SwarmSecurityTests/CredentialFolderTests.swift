import Foundation
import Testing

@testable import SwarmSecurity

@Suite struct CredentialFolderTests {
    private let temporary: TemporaryFolder
    private let folder: CredentialFolder
    private let swarm: TestSwarm
    private let credentials: NodeCredentials

    init() throws {
        temporary = try TemporaryFolder()
        folder = CredentialFolder(path: temporary.path + "/swarm/certificates")
        swarm = try TestSwarm()
        credentials = try NodeCredentials(identity: swarm.node(.manager), roots: swarm.roots)
    }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + name)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    @Test func nothingKeptIsNothingLoaded() throws {
        #expect(try folder.load() == nil)
        #expect(try folder.isLocked() == false)
        #expect(try folder.secret(name: "data-keys") == nil)
        try folder.erase()
    }

    @Test func whatIsKeptIsLoadedAndOnlyTheOwnerMayRead() throws {
        try folder.save(credentials)
        #expect(try folder.load() == credentials)
        #expect(try mode("") == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["swarm-node.crt", "swarm-node.key", "swarm-root-ca.crt"])
        for name in names { #expect(try mode("/" + name) == 0o600) }
        #expect(try openssl("pkey", "-in", "\(folder.path)/swarm-node.key", "-noout").status == 0)
    }

    @Test func aLockedFolderOpensWithItsKeyOnly() throws {
        let key = UnlockKey()
        try folder.save(credentials, unlockKey: key)
        #expect(try folder.isLocked())
        #expect(refusal { try folder.load() } == .locked)
        #expect(throws: SecurityError(.wrongUnlockKey, "swarm could not be unlocked: invalid key provided")) {
            try folder.load(unlockKey: UnlockKey())
        }
        #expect(try folder.load(unlockKey: key) == credentials)
        let file = try text("swarm-node.key")
        #expect(file.hasPrefix("-----BEGIN SWARM SEALED SECRET-----\nSealed-By: swarm unlock key\nContent: node-key\n\n"))
        #expect(!file.contains("PRIVATE KEY"))
        #expect(try openssl("pkey", "-in", "\(folder.path)/swarm-node.key", "-noout").status != 0)
        // Certificate and root stay readable: a locked node still knows who it is.
        #expect(try text("swarm-node.crt") == credentials.identity.certificateChainPEM)
    }

    @Test func theLockIsChangedByKeepingTheSameAgain() throws {
        let (first, second) = (UnlockKey(), UnlockKey())
        try folder.save(credentials, unlockKey: first)
        try folder.save(credentials, unlockKey: second)
        #expect(refusal { try folder.load(unlockKey: first) } == .wrongUnlockKey)
        #expect(try folder.load(unlockKey: second) == credentials)
        try folder.save(credentials)
        #expect(try folder.load() == credentials)
    }

    @Test func aDamagedSealedKeyIsToldFromAWrongKey() throws {
        let key = UnlockKey()
        try folder.save(credentials, unlockKey: key)
        let path = "\(folder.path)/swarm-node.key"
        let file = try text("swarm-node.key")
        for (damaged, expected) in [
            (file.replacingOccurrences(of: "node-key", with: "data-key"), SecurityError.Code.malformedSeal),
            (String(file.dropLast(50)), .malformedSeal), (String(file.prefix(60)), .malformedSeal),
        ] {
            try damaged.write(toFile: path, atomically: false, encoding: .utf8)
            #expect(refusal { try folder.load(unlockKey: key) } == expected)
        }
    }

    /// Every state that a crash between two steps of a save can leave.
    @Test(arguments: [nil, UnlockKey()])
    func aCrashWhileRenewingLeavesCredentialsThatLoad(_ unlockKey: UnlockKey?) throws {
        let renewed = try NodeCredentials(identity: swarm.node(.manager), roots: swarm.roots)
        try folder.save(renewed, unlockKey: unlockKey)
        let (newKey, newCertificate) = (try text("swarm-node.key"), try text("swarm-node.crt"))
        func put(_ text: String, _ name: String) throws {
            try text.write(toFile: "\(folder.path)/\(name)", atomically: false, encoding: .utf8)
        }
        try folder.save(credentials, unlockKey: unlockKey)
        try put(String(newKey.prefix(40)), "swarm-node.key.next.tmp")
        #expect(try folder.load(unlockKey: unlockKey) == credentials)
        try put(newKey, "swarm-node.key.next")
        #expect(try folder.load(unlockKey: unlockKey) == credentials)
        try put(newCertificate, "swarm-node.crt")
        #expect(try folder.load(unlockKey: unlockKey) == renewed)
        // Loading has finished what the crash interrupted.
        #expect(try text("swarm-node.key") == newKey)
        #expect(try folder.load(unlockKey: unlockKey) == renewed)
        try folder.save(credentials, unlockKey: unlockKey)
        #expect(try folder.load(unlockKey: unlockKey) == credentials)
    }

    @Test func aKeyOfAnotherCertificateIsRefused() throws {
        try folder.save(credentials)
        try NodeKey().pem.write(toFile: "\(folder.path)/swarm-node.key", atomically: false, encoding: .utf8)
        #expect(refusal { try folder.load() } == .invalidPrivateKey)
        try FileManager.default.removeItem(atPath: "\(folder.path)/swarm-node.key")
        #expect(refusal { try folder.load() } == .file)
    }

    @Test func furtherSecretsAreKeptTheSameWay() throws {
        let secret = DataKey().bytes
        let key = UnlockKey()
        try folder.save(secret: secret, name: "data-keys")
        #expect(try folder.secret(name: "data-keys") == secret)
        try folder.save(secret: secret, name: "data-keys", unlockKey: key)
        #expect(refusal { try folder.secret(name: "data-keys") } == .locked)
        #expect(refusal { try folder.secret(name: "data-keys", unlockKey: UnlockKey()) } == .wrongUnlockKey)
        #expect(try folder.secret(name: "data-keys", unlockKey: key) == secret)
        #expect(try mode("/swarm-data-keys.secret") == 0o600)
        // One secret's file under another's name does not pass for it.
        try FileManager.default.copyItem(
            atPath: "\(folder.path)/swarm-data-keys.secret", toPath: "\(folder.path)/swarm-root-key.secret")
        #expect(refusal { try folder.secret(name: "root-key", unlockKey: key) } == .malformedSeal)
        for name in ["", "../x", "a/b", "a.b", "node-key"] {
            #expect(refusal { try folder.save(secret: secret, name: name) } == .file)
        }
    }

    @Test func leavingRemovesEverything() throws {
        try folder.save(credentials)
        try folder.save(secret: Data([1]), name: "data-keys")
        let authority = try PeerAuthority.create(now: Date())
        _ = try folder.save(peer: authority.issue(nodeID: "m", addresses: ["127.0.0.1"], now: Date()), of: authority)
        try folder.erase()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(try folder.load() == nil)
    }

    @Test func aPathThatCannotBeUsedIsNamed() throws {
        let blocked = try CredentialFolder(path: temporary.write("", "file") + "/certificates")
        do {
            try blocked.save(credentials)
            Issue.record("saved below a file")
        } catch let error as SecurityError {
            #expect(error.code == .file)
            #expect(error.message.contains(blocked.path))
        }
    }
}
