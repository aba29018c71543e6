import Crypto
import Foundation
import SwarmModel
import SwiftASN1
import Testing
import X509

@testable import SwarmSecurity

@Suite struct NodeCertificateTests {
    private let now = Date()

    @Test func opensslReadsWhatTheRoleGives() throws {
        let folder = try TemporaryFolder()
        let swarm = try TestSwarm()
        let root = try folder.write(swarm.root.certificatePEM, "root.crt")
        for role in NodeRole.allCases {
            let node = try swarm.node(role, id: "node0000000000000000node1")
            let file = try folder.write(node.certificateChainPEM, "node.crt")
            #expect(try openssl("verify", "-CAfile", root, "-x509_strict", "-purpose", "sslclient", file).status == 0)
            #expect(try openssl("verify", "-CAfile", root, "-x509_strict", "-purpose", "sslserver", file).status == 0)
            let hosted = try openssl("verify", "-CAfile", root, "-verify_hostname", "swarm-manager", file)
            #expect((hosted.status == 0) == (role == .manager))
            let text = try openssl("x509", "-in", file, "-noout", "-text").output
            #expect(text.contains("Subject: O = \(TestSwarm.id), OU = swarm-\(role), CN = node0000000000000000node1"))
            #expect(text.contains("TLS Web Server Authentication, TLS Web Client Authentication"))
            #expect(text.contains("CA:FALSE"))
            let names = "DNS:swarm-\(role), DNS:node0000000000000000node1" + (role == .manager ? ", DNS:swarm-ca" : "") + "\n"
            #expect(text.contains(names))
        }
    }

    @Test func opensslSignsARequestToo() throws {
        let folder = try TemporaryFolder()
        let swarm = try TestSwarm()
        let (key, request) = ("\(folder.path)/k.pem", "\(folder.path)/r.der")
        let made = try openssl(
            "req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-outform",
            "DER",
            "-out", request, "-subj", "/O=other-swarm/OU=swarm-manager/CN=someone-else")
        #expect(made.status == 0, "\(made.output)")
        let chain = try swarm.root.issue(
            signingRequest: Data(contentsOf: URL(fileURLWithPath: request)), nodeID: "me", role: .worker, clusterID: TestSwarm.id,
            now: now)
        // Whom the request named does not count.
        let identity = try NodeIdentity(
            certificateChainPEM: chain, key: NodeKey(pem: String(contentsOfFile: key, encoding: .utf8)), roots: swarm.roots)
        #expect(identity.nodeID == "me")
        #expect(identity.role == .worker)
        #expect(identity.clusterID == TestSwarm.id)
    }

    @Test func opensslVerifiesOurRequest() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/r.der"
        try NodeKey().signingRequest().write(to: URL(fileURLWithPath: file))
        #expect(try openssl("req", "-verify", "-inform", "DER", "-in", file, "-noout").status == 0)
    }

    @Test func validityBeginsAnHourAgoAndEndsAsAsked() throws {
        let swarm = try TestSwarm()
        let usual = try swarm.node(.worker, now: now)
        #expect(abs(usual.notBefore.timeIntervalSince(now) + 3600) < 1)
        #expect(abs(usual.notAfter.timeIntervalSince(now) - 90 * 86400) < 1)
        let short = try swarm.node(.worker, life: .seconds(3600), now: now)
        #expect(abs(short.notAfter.timeIntervalSince(now) - 3600) < 1)
        #expect(throws: SecurityError(.invalidRequest, "minimum certificate expiry time is: 1h0m0s")) {
            try swarm.node(.worker, life: .seconds(3599), now: now)
        }
    }

    @Test func aRequestThatDoesNotProvePossessionIsRefused() throws {
        let swarm = try TestSwarm()
        func issue(_ request: Data) -> SecurityError.Code? {
            refusal { try swarm.root.issue(signingRequest: request, nodeID: "n", role: .manager, clusterID: "c", now: now) }
        }
        let mine = try NodeKey().signingRequest()
        #expect(issue(mine) == nil)
        #expect(issue(Data()) == .invalidSigningRequest)
        #expect(issue(mine + [0]) == .invalidSigningRequest)
        #expect(issue(Data(count: 100_000)) == .invalidSigningRequest)
        // Somebody else's public key with my signature.
        let theirs = NodeKey()
        let request = try CertificateSigningRequest(derEncoded: Array(mine))
        let forged = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), publicKey: .init(theirs.privateKey.publicKey), attributes: .init(),
            signatureAlgorithm: request.signatureAlgorithm, signature: request.signature)
        #expect(issue(Data(try DER.Serializer.serialized(element: forged))) == .invalidSigningRequest)
        // A key of another kind.
        let strange = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: .init(Curve25519.Signing.PrivateKey()), attributes: .init(),
            signatureAlgorithm: .ed25519)
        #expect(issue(Data(try DER.Serializer.serialized(element: strange))) == .invalidSigningRequest)
    }

    @Test(arguments: ["", "a b", "a/b", "ä", "a\n", String(repeating: "a", count: 65), "a,OU=swarm-manager"])
    func namesThatAreNoIDsAreNotSigned(_ id: String) throws {
        let swarm = try TestSwarm()
        let request = try NodeKey().signingRequest()
        #expect(
            refusal { try swarm.root.issue(signingRequest: request, nodeID: id, role: .worker, clusterID: "c", now: now) }
                == .invalidRequest)
        #expect(
            refusal { try swarm.root.issue(signingRequest: request, nodeID: "n", role: .worker, clusterID: id, now: now) }
                == .invalidRequest)
    }

    @Test func issuedChainsVerifyAtTheRightTimeAgainstTheRightRoot() async throws {
        let swarm = try TestSwarm()
        let node = try swarm.node(.worker, now: now)
        let roots = try swarm.roots
        let chain = node.certificateChainPEM
        #expect(try await roots.verify(chainPEM: chain, now: now) == node.peer)
        #expect(await refusal { try await roots.verify(chainPEM: chain, now: now - 3700) } == .untrustedCertificate)
        #expect(await refusal { try await roots.verify(chainPEM: chain, now: node.notAfter + 1) } == .untrustedCertificate)
        let others = try TestSwarm().roots
        #expect(await refusal { try await others.verify(chainPEM: chain, now: now) } == .untrustedCertificate)
        #expect(await refusal { try await roots.verify(chainPEM: swarm.root.certificatePEM, now: now) } == .invalidCertificate)
        #expect(await refusal { try await roots.verify(chainPEM: "", now: now) } == .invalidCertificate)
    }

    @Test func aNodeCannotSignForOthers() async throws {
        let swarm = try TestSwarm()
        let node = try swarm.node(.manager)
        #expect(
            refusal { try RootAuthority(certificatePEM: node.certificateChainPEM, keyPEM: node.keyPEM) } == .invalidCertificate)
        #expect(refusal { try TrustRoots(pem: node.certificateChainPEM) } == .invalidCertificate)
    }

    @Test func everyChangedByteOfACertificateIsNoticed() async throws {
        let swarm = try TestSwarm()
        let node = try swarm.node(.worker)
        let roots = try swarm.roots
        let der = try Array(PEMDocument(pemString: node.certificateChainPEM).derBytes)
        var accepted = 0
        for index in stride(from: 0, to: der.count, by: 3) {
            var changed = der
            changed[index] ^= 0x01
            let pem = PEMDocument(type: "CERTIFICATE", derBytes: changed).pemString
            if await refusal({ try await roots.verify(chainPEM: pem, now: now) }) == nil { accepted += 1 }
        }
        #expect(accepted == 0)
    }
}
