import Foundation
import SwarmModel
import Testing
import X509

@testable import SwarmSecurity

/// A folder that is gone when the test is.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "swarm-security-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ name: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}

/// Runs the `openssl` command, which knows nothing of our code.
func openssl(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

/// A swarm's authority and the nodes it signs.
struct TestSwarm {
    static let id = "swarmswarmswarmswarmswarm"
    var root: RootAuthority

    init(now: Date = Date()) throws {
        root = try .create(now: now)
    }

    var roots: TrustRoots { get throws { try TrustRoots(root) } }

    func node(
        _ role: NodeRole, id: String = "0123456789abcdefghijklmno", life: Duration = RootAuthority.defaultNodeLife,
        now: Date = Date()
    ) throws -> NodeIdentity {
        let key = NodeKey()
        let chain = try root.issue(
            signingRequest: key.signingRequest(), nodeID: id, role: role, clusterID: Self.id, life: life, now: now)
        return try NodeIdentity(certificateChainPEM: chain, key: key, roots: roots)
    }
}

/// The code of the refusal that `body` ends in; `nil` if it succeeds or fails otherwise.
func refusal(_ body: () throws -> some Any) -> SecurityError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? SecurityError)?.code
    }
}

/// As above, for what waits.
func refusal(_ body: () async throws -> some Any) async -> SecurityError.Code? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? SecurityError)?.code
    }
}

extension TestSwarm {
    /// A manager's certificate that an ordinary node signed, followed by that node's own.
    static func forge(by node: NodeIdentity) throws -> (chain: String, key: NodeKey) {
        let key = NodeKey()
        let signer = CertificateSigner(
            certificate: try PEM.certificates(node.certificateChainPEM, what: "test")[0],
            key: try PEM.privateKey(node.keyPEM, what: "test"))
        let certificate = try signer.issue(
            publicKey: .init(key.privateKey.publicKey),
            subject: DistinguishedName {
                OrganizationName(id)
                OrganizationalUnitName("swarm-manager")
                CommonName("forged")
            },
            names: NodeName.dnsNames(nodeID: "forged", role: .manager).map { .dnsName($0) }, notAfter: Date() + 3600, now: Date())
        return (try PEM.text([certificate]) + node.certificateChainPEM, key)
    }
}
