import Foundation
import Testing

@testable import SwarmSecurity

@Suite struct PeerAuthorityTests {
    private let now = Date()

    @Test func opensslVerifiesAMemberByEachOfItsAddresses() throws {
        let folder = try TemporaryFolder()
        let authority = try PeerAuthority.create(now: now)
        let member = try authority.issue(nodeID: "m1", addresses: ["10.0.0.1", "fd00::1", "m1.example"], now: now)
        let files = try CredentialFolder(path: folder.path).save(peer: member, of: authority)
        for arguments in [["-verify_ip", "10.0.0.1"], ["-verify_ip", "fd00::1"], ["-verify_hostname", "m1.example"]] {
            #expect(
                try openssl("verify", "-x509_strict", "-CAfile", files.authority, arguments[0], arguments[1], files.certificate)
                    .status == 0)
        }
        #expect(try openssl("verify", "-CAfile", files.authority, "-verify_ip", "10.0.0.2", files.certificate).status != 0)
        let publicOfKey = try openssl("pkey", "-in", files.key, "-pubout").output
        let publicOfCertificate = try openssl("x509", "-in", files.certificate, "-noout", "-pubkey").output
        #expect(publicOfKey == publicOfCertificate && publicOfKey.contains("PUBLIC KEY"))
        #expect(!"\(member) \(authority)".contains("PRIVATE"))
    }

    @Test func aNodesCertificateIsNoMembers() throws {
        let folder = try TemporaryFolder()
        let authority = try PeerAuthority.create(now: now)
        let node = try TestSwarm().node(.manager)
        let root = try folder.write(authority.certificatePEM, "ca.crt")
        #expect(try openssl("verify", "-CAfile", root, folder.write(node.certificateChainPEM, "node.crt")).status != 0)
    }

    @Test func whatWasKeptLoads() throws {
        let authority = try PeerAuthority.create(now: now)
        #expect(try PeerAuthority(certificatePEM: authority.certificatePEM, keyPEM: authority.keyPEM) == authority)
        let other = try PeerAuthority.create(now: now)
        #expect(
            refusal { try PeerAuthority(certificatePEM: authority.certificatePEM, keyPEM: other.keyPEM) } == .invalidPrivateKey)
    }

    @Test func oddAddressesAreRefused() throws {
        let authority = try PeerAuthority.create(now: now)
        for address in [
            "", "10.0.0.1/24", "a b", "*", "-\u{e9}", "a..b", ".", String(repeating: "a.", count: 130) + "a", "[::1]",
            "10.0.0.1:2380",
        ] {
            #expect(
                refusal { try authority.issue(nodeID: "m1", addresses: ["10.0.0.1", address], now: now) } == .invalidRequest,
                "\(address)")
        }
        #expect(refusal { try authority.issue(nodeID: "m1", addresses: [], now: now) } == .invalidRequest)
        #expect(refusal { try authority.issue(nodeID: "", addresses: ["10.0.0.1"], now: now) } == .invalidRequest)
    }
}
