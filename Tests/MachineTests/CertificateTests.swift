import Foundation
import Processes
import Testing

@testable import Machine

/// Judged by OpenSSL, which knows nothing of how they were made.
@Suite struct CertificateTests {
    @Test func opensslAcceptsTheServerForEveryNameAndNoOther() async throws {
        let folder = try TemporaryFolder()
        try write(try CertificateAuthority.create(organization: "me"), in: folder)
        for name in ["n1", "localhost"] {
            #expect(try await verify(folder, ["-verify_hostname", name]))
        }
        for address in ["192.168.99.100", "127.0.0.1"] {
            #expect(try await verify(folder, ["-verify_ip", address]))
        }
        #expect(try await !verify(folder, ["-verify_hostname", "n2"]))
        #expect(try await !verify(folder, ["-verify_ip", "192.168.99.101"]))
    }

    @Test func aServerCannotPoseAsAClientNorAClientAsAServer() async throws {
        let folder = try TemporaryFolder()
        try write(try CertificateAuthority.create(organization: "me"), in: folder)
        #expect(try await verify(folder, ["-purpose", "sslserver"]))
        #expect(try await !verify(folder, ["-purpose", "sslclient"]))
        #expect(try await verify(folder, ["-purpose", "sslclient"], file: "cert.pem"))
        #expect(try await !verify(folder, ["-purpose", "sslserver"], file: "cert.pem"))
    }

    @Test func anotherAuthoritysCertificateIsRefused() async throws {
        let folder = try TemporaryFolder()
        try write(try CertificateAuthority.create(organization: "me"), in: folder)
        let stranger = try CertificateAuthority.create(organization: "me")
        try stranger.pair.certificate.write(to: folder.url.appending(path: "ca.pem"), atomically: true, encoding: .utf8)
        #expect(try await !verify(folder, []))
    }

    @Test func keysArePKCS1AsDockerMachinesAre() throws {
        let authority = try CertificateAuthority.create(organization: "me")
        #expect(authority.pair.key.hasPrefix("-----BEGIN RSA PRIVATE KEY-----\n"))
    }

    @Test func filesAreMadeOnceAndPrivate() async throws {
        let folder = try TemporaryFolder()
        let files = CertificateFiles(store: MachineStore(root: folder.url))
        var told: [String] = []
        try await files.ensure { told.append($0) }
        #expect(told.count == 2)
        let first = try Data(contentsOf: files.paths.authority)
        told = []
        try await files.ensure { told.append($0) }
        #expect(told.isEmpty)
        #expect(try Data(contentsOf: files.paths.authority) == first)
        #expect(try folder.mode("certs/ca-key.pem") == 0o600)
        #expect(try folder.mode("certs/key.pem") == 0o600)
        #expect(try folder.mode("certs") == 0o700)
    }

    @Test func anExpiredAuthorityIsReplacedWithItsClient() async throws {
        let folder = try TemporaryFolder()
        let files = CertificateFiles(store: MachineStore(root: folder.url))
        try await files.ensure { _ in }
        let long = Date().addingTimeInterval(-2000 * 86_400)
        let old = try CertificateAuthority.create(organization: "me", now: long)
        try Data(old.pair.certificate.utf8).write(to: files.paths.authority)
        var told: [String] = []
        try await files.ensure { told.append($0) }
        #expect(told.count == 2)
        #expect(try CertificateFiles.expiry(of: files.paths.authority) > Date())
    }

    private func write(_ authority: CertificateAuthority, in folder: TemporaryFolder) throws {
        let server = try authority.makeServerPair(
            organization: "me.n1", names: ["192.168.99.100", "n1", "localhost", "127.0.0.1"])
        let client = try authority.makeClientPair(organization: "me.client")
        for (name, text) in [
            ("ca.pem", authority.pair.certificate), ("server.pem", server.certificate), ("cert.pem", client.certificate),
        ] { try text.write(to: folder.url.appending(path: name), atomically: true, encoding: .utf8) }
    }

    private func verify(_ folder: TemporaryFolder, _ words: [String], file: String = "server.pem") async throws -> Bool {
        let authority = folder.url.appending(path: "ca.pem").path
        return try await Command(
            "openssl", ["verify", "-CAfile", authority] + words + [folder.url.appending(path: file).path]
        ).run().succeeded
    }
}
