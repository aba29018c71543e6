import Foundation
import Synchronization
import Testing

@testable import Machine

/// What becomes of the client's pair in machines when it is renewed (`regenerate-certs --client-certs`). Machines of driver `none` have
/// copies of it and nothing else.
@Suite struct ClientCertificateTests {
    private let root = FileManager.default.temporaryDirectory.appending(path: "machine-cli-tests-\(UUID())")

    private func withMachines(_ names: [String], _ body: (Machines) async throws -> Void) async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let machines = Machines(store: MachineStore(root: root))
        for name in names { try await create(name, machines) }
        try await body(machines)
    }

    private func create(_ name: String, _ machines: Machines) async throws {
        var request = CreateRequest(name: name)
        request.driverName = "none"
        request.url = "tcp://127.0.0.1:1"
        try await machines.create(request) { _ in }
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The whole of a machine's copies.
    private func copies(_ name: String) throws -> [String] {
        try ["ca.pem", "cert.pem", "key.pem"].map { try text("machines/\(name)/\($0)") }
    }

    private var originals: [String] {
        get throws { try ["ca.pem", "cert.pem", "key.pem"].map { try text("certs/\($0)") } }
    }

    private let longAgo = Date().addingTimeInterval(-2000 * 86_400)

    private func expireClient() throws {
        let authority = try CertificateAuthority(KeyPair(certificate: text("certs/ca.pem"), key: text("certs/ca-key.pem")))
        let old = try authority.makeClientPair(organization: "me", now: longAgo)
        for name in ["certs", "machines/n1", "machines/n2"] {
            try Data(old.certificate.utf8).writePrivately(to: root.appending(path: "\(name)/cert.pem"))
            try Data(old.key.utf8).writePrivately(to: root.appending(path: "\(name)/key.pem"))
        }
    }

    /// What `regenerate-certs --client-certs` does before it turns to the machines that were named; returns what is said.
    private func renew(_ machines: Machines) async throws -> [String] {
        let told = Mutex<[String]>([])
        try await machines.certificates.ensure { line in told.withLock { $0.append(line) } }
        return told.withLock { $0 }
    }

    @Test func `a client certificate that was renewed gets to every machine`() async throws {
        try await withMachines(["n1", "n2"]) { machines in
            try expireClient()
            let before = try originals
            let told = try await renew(machines)
            let after = try originals
            #expect(after[0] == before[0] && after[1] != before[1] && after[2] != before[2])
            #expect(try copies("n1") == after)
            #expect(try copies("n2") == after)
            #expect(told.contains("(n2) Copying certs to the local machine directory..."))
            #expect(!told.contains { $0.contains("The CA is new") })
            let mode = try FileManager.default.attributesOfItem(atPath: root.appending(path: "machines/n2/key.pem").path)
            #expect(mode[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `with a new CA they get that one too, and are told what else they need`() async throws {
        try await withMachines(["n1", "n2"]) { machines in
            let old = try CertificateAuthority.create(organization: "me", now: longAgo)
            try Data(old.pair.certificate.utf8).writePrivately(to: root.appending(path: "certs/ca.pem"))
            let before = try copies("n2")
            let told = try await renew(machines)
            #expect(try copies("n2") == originals)
            #expect(try copies("n2")[0] != before[0])
            #expect(told.contains { $0.hasPrefix("The CA is new") && $0.hasSuffix("These were: n1, n2") })
        }
    }

    @Test func `a pair that is still valid stays, here and in the machines`() async throws {
        try await withMachines(["n1", "n2"]) { machines in
            let before = try originals
            try Data("another".utf8).writePrivately(to: root.appending(path: "machines/n2/ca.pem"))
            _ = try await renew(machines)
            #expect(try originals == before)
            #expect(try copies("n2")[0] == "another")
        }
    }

    @Test func `a create that finds the pair expired renews it for the others as well`() async throws {
        try await withMachines(["n1", "n2"]) { machines in
            try expireClient()
            try await create("n3", machines)
            for name in ["n1", "n2", "n3"] { #expect(try copies(name) == originals) }
        }
    }

    @Test func `a machine with a client pair of its own keeps it, and a broken one is no obstacle`() async throws {
        try await withMachines(["n1", "n2"]) { machines in
            // n3 was made with --tls-client-cert.
            let own = CertificateFiles.Paths(folder: root.appending(path: "own"))
            try await create("n3", Machines(store: machines.store, certificatePaths: own))
            let kept = try copies("n3")
            try expireClient()
            try Data("{".utf8).writePrivately(to: root.appending(path: "machines/n2/config.json"))
            // Nothing can be renamed over a folder.
            try FileManager.default.removeItem(at: root.appending(path: "machines/n1/ca.pem"))
            try FileManager.default.createDirectory(
                at: root.appending(path: "machines/n1/ca.pem/x"), withIntermediateDirectories: true)
            let told = try await renew(machines)
            #expect(try copies("n2") == originals)
            #expect(try text("machines/n1/cert.pem") != text("certs/cert.pem"))
            #expect(told.contains { $0.hasPrefix("(n1) The new client certificate could not be copied: cannot write") })
            #expect(try copies("n3") == kept)
        }
    }
}
