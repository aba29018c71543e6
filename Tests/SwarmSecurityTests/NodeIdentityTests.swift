import Crypto
import Foundation
import NIOSSL
import SeededRandom
import SwiftASN1
import Testing
import X509

@testable import SwarmSecurity

@Suite struct NodeIdentityTests {
    private let now = Date()

    @Test func anIdentityTellsWhatItsCertificateSays() throws {
        let swarm = try TestSwarm()
        let node = try swarm.node(.manager, id: "manager1")
        #expect(node.nodeID == "manager1")
        #expect(node.role == .manager)
        #expect(node.clusterID == TestSwarm.id)
        #expect(node.isValid(at: now) && !node.isValid(at: node.notAfter + 1) && !node.isValid(at: node.notBefore - 1))
        #expect(!"\(node)".contains("PRIVATE"))
        #expect(!"\(node.key)".contains("PRIVATE"))
        #expect(try NodeKey(pem: node.keyPEM) == node.key)
        let presented = try NIOSSLCertificate(bytes: Array(node.certificateChainPEM.utf8), format: .pem)
        #expect(try PeerIdentity(presented) == node.peer)
    }

    @Test func theIssuerIsWhatTheEngineApiShows() throws {
        let folder = try TemporaryFolder()
        let swarm = try TestSwarm()
        let node = try swarm.node(.worker)
        // Docker shows these bytes for every swarm whose root is named swarm-ca (PrintableString there, UTF8String here).
        #expect(node.issuer.subject.base64EncodedString() == "MBMxETAPBgNVBAMMCHN3YXJtLWNh")
        let root = try folder.write(swarm.root.certificatePEM, "root.crt")
        let key = try openssl("x509", "-in", root, "-noout", "-pubkey").output
        let der = try PEMDocument(pemString: key).derBytes
        #expect(Array(node.issuer.publicKey) == der)
        #expect(node.issuerKeyDigest == SHA256.hash(data: der).map { String(format: "%02x", $0) }.joined())
        #expect(node.issuer == (try swarm.root.issuer))
    }

    @Test func anIdentityNeedsItsOwnKeyAndItsOwnRoot() throws {
        let swarm = try TestSwarm()
        let node = try swarm.node(.worker)
        #expect(
            refusal { try NodeIdentity(certificateChainPEM: node.certificateChainPEM, key: NodeKey(), roots: swarm.roots) }
                == .invalidPrivateKey)
        let others = try TestSwarm().roots
        #expect(
            refusal { try NodeIdentity(certificateChainPEM: node.certificateChainPEM, key: node.key, roots: others) }
                == .untrustedCertificate)
    }

    @Test func anExpiredIdentityCanStillBeRead() throws {
        let swarm = try TestSwarm(now: now - 10 * 86400)
        let node = try swarm.node(.worker, life: .seconds(3600), now: now - 5 * 86400)
        #expect(!node.isValid(at: now))
    }

    @Test func renewalIsSpreadOverThirtyPercentOfLife() throws {
        let swarm = try TestSwarm()
        for (life, seconds) in [(Duration.seconds(3600), 3600.0), (RootAuthority.defaultNodeLife, 90 * 86400.0)] {
            let node = try swarm.node(.worker, life: life, now: now)
            var random = SeededRandom(seed: 7)
            let shares = (0..<2000).map { _ in node.renewalDate(using: &random).timeIntervalSince(now) / seconds }
            let (least, most) = (shares.min() ?? 0, shares.max() ?? 1)
            #expect(least >= 0.499 && least < 0.51)
            #expect(most <= 0.801 && most > 0.79)
        }
    }

    /// A certificate signed by the right root, with parts replaced.
    private func peer(
        subject: [(ASN1ObjectIdentifier, String)]? = nil, names: [String]? = nil,
        usages: [ExtendedKeyUsage.Usage] = [.serverAuth, .clientAuth],
        authority: Bool = false
    ) throws -> PeerIdentity {
        let swarm = try TestSwarm()
        let key = NodeKey()
        let attributes =
            subject ?? [
                (.RDNAttributeType.organizationName, "c"), (.RDNAttributeType.organizationalUnitName, "swarm-worker"),
                (.RDNAttributeType.commonName, "n"),
            ]
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.privateKey.publicKey), notValidBefore: now - 60,
            notValidAfter: now + 3600, issuer: DistinguishedName { CommonName("swarm-ca") },
            subject: DistinguishedName(attributes.map { RelativeDistinguishedName(.init(type: $0.0, utf8String: $0.1)) }),
            extensions: Certificate.Extensions {
                Critical(authority ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
                try ExtendedKeyUsage(usages)
                SubjectAlternativeNames((names ?? ["swarm-worker", "n"]).map { .dnsName($0) })
            },
            issuerPrivateKey: PEM.privateKey(swarm.root.keyPEM, what: "test"))
        return try PeerIdentity(certificate)
    }

    @Test func peersWithAnythingOddInTheirCertificateAreRefused() throws {
        #expect(try peer().nodeID == "n")
        let (o, ou, cn) = (
            ASN1ObjectIdentifier.RDNAttributeType.organizationName, ASN1ObjectIdentifier.RDNAttributeType.organizationalUnitName,
            ASN1ObjectIdentifier.RDNAttributeType.commonName
        )
        let subjects: [[(ASN1ObjectIdentifier, String)]] = [
            [], [(o, "c"), (ou, "swarm-worker")], [(ou, "swarm-worker"), (cn, "n")], [(o, "c"), (cn, "n")],
            [(o, "c"), (ou, "swarm-king"), (cn, "n")], [(o, "c"), (ou, "worker"), (cn, "n")],
            [(o, "c"), (ou, "swarm-worker"), (ou, "swarm-manager"), (cn, "n")],
            [(o, "c"), (ou, "swarm-worker"), (cn, "n"), (cn, "n")],
            [(o, "c"), (ou, "swarm-worker"), (cn, "")], [(o, ""), (ou, "swarm-worker"), (cn, "n")],
            [(o, "c"), (ou, "swarm-worker"), (cn, "n\u{0}m")],
            [(o, "c"), (ou, "swarm-worker"), (cn, "n"), (.RDNAttributeType.countryName, "FR")],
        ]
        for subject in subjects { #expect(refusal { try peer(subject: subject) } == .invalidCertificate, "\(subject)") }
        #expect(refusal { try peer(names: []) } == .invalidCertificate)
        #expect(refusal { try peer(names: ["swarm-worker", "n", "swarm-manager"]) } == .invalidCertificate)
        #expect(refusal { try peer(names: ["swarm-worker", "m"]) } == .invalidCertificate)
        #expect(refusal { try peer(usages: [.clientAuth]) } == .invalidCertificate)
        #expect(refusal { try peer(usages: [.codeSigning]) } == .invalidCertificate)
        #expect(refusal { try peer(authority: true) } == .invalidCertificate)
    }
}
