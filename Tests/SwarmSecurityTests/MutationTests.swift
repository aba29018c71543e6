import Foundation
import SeededRandom
import SwiftASN1
import Testing

@testable import SwarmSecurity

/// Whatever bytes come from the network or the disk: an error, never a crash, and never a success for changed secrets.
@Suite struct MutationTests {
    /// Tries each parser on mutated forms of something valid; the count is fixed, the seed too.
    @Test func noParserCrashesOnMutatedInput() throws {
        let swarm = try TestSwarm()
        let roots = try swarm.roots
        let node = try swarm.node(.manager)
        let request = try NodeKey().signingRequest()
        let seal = Seal(key: DataKey())
        let unlockKey = UnlockKey()
        var random = SeededRandom(seed: 2377)
        let token = JoinToken(rootDigest: swarm.root.digest, using: &random)
        let leaf = try PEMDocument(pemString: node.certificateChainPEM).derBytes
        func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

        let parsers: [(name: String, valid: [UInt8], cases: Int, parse: ([UInt8]) throws -> Void)] = [
            ("join token", Array(token.text.utf8), 1500, { _ = try JoinToken(parsing: string($0)) }),
            ("unlock key", Array(unlockKey.text.utf8), 1500, { _ = try UnlockKey(parsing: string($0)) }),
            ("seal", Array(try seal.seal(Data(count: 40), storeKey: "k")), 1500, { _ = try seal.open($0, storeKey: "k") }),
            ("peer certificate", leaf, 1500, { _ = try PeerIdentity(der: $0) }),
            (
                "signing request", Array(request), 800,
                {
                    _ = try swarm.root.issue(signingRequest: $0, nodeID: "n", role: .worker, clusterID: "c", now: Date())
                }
            ),
            ("roots", Array(roots.pem.utf8), 150, { _ = try TrustRoots(pem: string($0)) }),
            (
                "root authority", Array(swarm.root.certificatePEM.utf8), 150,
                {
                    _ = try RootAuthority(certificatePEM: string($0), keyPEM: swarm.root.keyPEM)
                }
            ),
            (
                "root key", Array(swarm.root.keyPEM.utf8), 150,
                {
                    _ = try RootAuthority(certificatePEM: swarm.root.certificatePEM, keyPEM: string($0))
                }
            ),
            (
                "identity", Array(node.certificateChainPEM.utf8), 150,
                {
                    _ = try NodeIdentity(certificateChainPEM: string($0), key: node.key, roots: roots)
                }
            ),
            ("node key", Array(node.keyPEM.utf8), 300, { _ = try NodeKey(pem: string($0)) }),
            (
                "key file", Array(try KeyFile.text(of: Data(node.keyPEM.utf8), purpose: "node-key", sealedBy: unlockKey).utf8),
                800,
                {
                    _ = try KeyFile.secret(in: string($0), purpose: "node-key", unlockKey: unlockKey)
                }
            ),
        ]
        for (name, valid, cases, parse) in parsers {
            #expect(throws: Never.self, "\(name)") { try parse(valid) }
            for _ in 0..<cases {
                let input = mutate(valid, using: &random)
                do { try parse(input) } catch { #expect(error is SecurityError, "\(name): \(error)") }
            }
        }
    }

    @Test func aMutatedTokenOrSealNeverPassesForTheTrueOne() throws {
        var random = SeededRandom(seed: 4789)
        let token = JoinToken(rootDigest: try TestSwarm().root.digest, using: &random)
        let seal = Seal(key: DataKey())
        let sealed = Array(try seal.seal(Data("value".utf8), storeKey: "k"))
        for _ in 0..<1000 {
            let text = String(decoding: mutate(Array(token.text.utf8), using: &random), as: UTF8.self)
            if text != token.text, let other = try? JoinToken(parsing: text) { #expect(other != token) }
            let other = mutate(sealed, using: &random)
            if other != sealed { #expect((try? seal.open(other, storeKey: "k")) == nil) }
        }
    }

    /// One to four changes: flipped bits, other bytes, cuts, repeats, insertions.
    private func mutate(_ bytes: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 2: bytes.removeSubrange(index...)
            case 3: bytes.remove(at: index)
            case 4: bytes.insert(contentsOf: bytes[index...].prefix(40), at: index)
            default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
            }
        }
        return bytes
    }
}
