import Crypto
import Foundation
import Testing

@testable import SwarmSecurity

@Suite struct RootAuthorityTests {
    private let now = Date()

    @Test func opensslReadsTheRootAsAnAuthorityOfTwentyYears() throws {
        let folder = try TemporaryFolder()
        let root = try RootAuthority.create(now: now)
        let file = try folder.write(root.certificatePEM, "root.crt")
        let text = try openssl("x509", "-in", file, "-noout", "-text").output
        #expect(text.contains("Subject: CN = swarm-ca"))
        #expect(text.contains("Issuer: CN = swarm-ca"))
        #expect(text.contains("CA:TRUE"))
        #expect(text.contains("Certificate Sign"))
        #expect(text.contains("prime256v1"))
        #expect(try openssl("verify", "-CAfile", file, file).status == 0)
        #expect(abs(root.notAfter.timeIntervalSince(now) - 630_720_000) < 1)
        let fingerprint = try openssl("dgst", "-sha256", "-r", file).output.prefix(64)
        #expect(hexadecimal(root.digest) == fingerprint)
    }

    @Test func whatWasKeptLoadsToTheSameAuthority() throws {
        let root = try RootAuthority.create(now: now)
        let loaded = try RootAuthority(certificatePEM: root.certificatePEM, keyPEM: root.keyPEM)
        #expect(loaded == root)
        #expect(Array(loaded.digest) == Array(root.digest))
        #expect(!"\(loaded)".contains("PRIVATE"))
    }

    @Test func aRootOfOpensslsCanBeSupplied() throws {
        let folder = try TemporaryFolder()
        for (kind, options) in [
            ("ec", ["ec_paramgen_curve:prime256v1"]), ("ec", ["ec_paramgen_curve:secp384r1"]), ("rsa", ["rsa_keygen_bits:2048"]),
        ] {
            let (key, certificate) = ("\(folder.path)/k.pem", "\(folder.path)/c.pem")
            let made = try openssl(
                "req", "-x509", "-nodes", "-newkey", kind, "-pkeyopt", options[0], "-keyout", key, "-out", certificate,
                "-subj", "/O=Example/CN=example-ca", "-days", "1000")
            #expect(made.status == 0, "\(made.output)")
            let root = try RootAuthority.supplied(
                certificatePEM: "a comment\n" + String(contentsOfFile: certificate, encoding: .utf8),
                keyPEM: String(contentsOfFile: key, encoding: .utf8), now: Date())
            var swarm = try TestSwarm()
            swarm.root = root
            let node = try swarm.node(.manager)
            let chain = try folder.write(node.certificateChainPEM, "node.crt")
            #expect(try openssl("verify", "-CAfile", certificate, chain).status == 0)
            #expect(node.issuer == (try root.issuer))
        }
    }

    @Test func whatIsNoUsableRootIsRefusedInPlainWords() throws {
        let root = try RootAuthority.create(now: now)
        let other = try RootAuthority.create(now: now)
        let swarm = try TestSwarm()
        let node = try swarm.node(.manager)
        func message(_ certificate: String, _ key: String, now: Date? = nil) -> String {
            do {
                _ = try RootAuthority.supplied(certificatePEM: certificate, keyPEM: key, now: now ?? self.now)
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(message(root.certificatePEM, root.keyPEM) == "accepted")
        #expect(message(root.certificatePEM, other.keyPEM).contains("does not belong"))
        #expect(message(node.certificateChainPEM, node.keyPEM).contains("not that of an authority"))
        #expect(message(root.certificatePEM + other.certificatePEM, root.keyPEM).contains("exactly one certificate, found 2"))
        #expect(message("", root.keyPEM).contains("no certificate"))
        #expect(message(root.keyPEM, root.keyPEM).contains("expected certificates only"))
        #expect(message(root.certificatePEM, "nonsense").contains("not a private key"))
        #expect(message(root.certificatePEM, root.keyPEM, now: root.notAfter - 364 * 86400).contains("less than one year"))
        #expect(message(root.certificatePEM, root.keyPEM, now: root.notAfter - 366 * 86400) == "accepted")
        #expect(message(root.certificatePEM, root.keyPEM, now: now - 7200).contains("not valid yet"))
        let intermediate = try other.crossSign(root, now: now)
        #expect(message(intermediate, root.keyPEM).contains("not signed by itself"))
    }

    @Test func anExpiredRootSignsNothing() throws {
        let swarm = try TestSwarm(now: now - RootAuthority.life - 10)
        #expect(refusal { try swarm.node(.worker) } == .invalidRequest)
    }

    @Test func noCertificateOutlivesItsRoot() throws {
        let swarm = try TestSwarm(now: now - RootAuthority.life + 86400)
        #expect(try swarm.node(.worker).notAfter <= swarm.root.notAfter)
    }
}
