import Foundation
import Libvirt
import Processes
import Testing

@testable import Machine

/// Machines with swarmd in them, as real VMs in a bed (scripts/testbed): forked, booted, kept, and with another in its place.
@Suite(.enabled(if: BedStore.isInBed), .serialized)
struct BedInjectionTests {
    let store: BedStore
    /// What `make swarmd` built.
    private static let swarmd = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../bin/swarmd")
        .standardizedFileURL.resolvingSymlinksInPath()

    init() throws { store = try BedStore() }

    @Test(.timeLimit(.minutes(10)))
    func forksHaveItInFrontOfTheirEnginesAndGetAnotherInItsPlace() async throws {
        let log = try await store.create("--orchestrator", "swarmd", "--engine-label", "role=test", "a", "b")
        #expect(log.components(separatedBy: "Building the template").count == 2, "\(log)")
        #expect(log.components(separatedBy: "Forking template").count == 3, "\(log)")
        let first = try digest(of: Self.swarmd)
        #expect(
            try await store.machine("inspect", "-f", "{{.Driver.Orchestrator}} {{.Driver.Injected}}", "a").text
                == "swarmd \(first)\n")
        for name in ["a", "b"] { try await expectSwarmdInFront(of: name, program: Self.swarmd) }
        try await expectCertificatesOfTheirOwn("a", "b")

        let other = try changed("other")
        let replaced = try await provision("a", with: other)
        #expect(replaced.succeeded && replaced.text.contains("Replacing swarmd..."), "\(replaced.text)\(replaced.errorText)")
        try await expectSwarmdInFront(of: "a", program: other)
        try await expectSwarmdInFront(of: "b", program: Self.swarmd)
        let again = try await provision("a", with: other)
        #expect(again.succeeded && !again.text.contains("Replacing"), "\(again.text)\(again.errorText)")

        // One that does not run is an error, and the machine has the one from before.
        let broken = try await provision("a", with: URL(filePath: "/bin/false"))
        #expect(broken.status == 1)
        #expect(broken.errorText.contains("starting the new swarmd in \"a\""), "\(broken.errorText)")
        try await expectSwarmdInFront(of: "a", program: other)

        // What it boots from is what it ran.
        async let restart = store.machine("restart", "a", environment: ["SWARMLAB_SWARMD": "/nonexistent"])
        try await store.machines.suspend(["b"]) { _ in }
        try await store.machines.resume(["b"]) { _ in }
        try await expectSwarmdInFront(of: "b", program: Self.swarmd)
        let restarted = try await restart
        #expect(restarted.succeeded, "\(restarted.text)\(restarted.errorText)")
        try await expectSwarmdInFront(of: "a", program: other)
        try await goBack("b", with: other)
        let used = try await store.machine("image", "rm", "swarmd-\(try digest(of: Self.swarmd))")
        #expect(used.errorText.contains("is in use: b~before"), "\(used.text)\(used.errorText)")
        #expect(try await store.machine("rm", "-y", "a", "b").succeeded)
        let unused = try await store.machine("image", "rm", "swarmd-\(try digest(of: other))")
        #expect(unused.succeeded, "\(unused.errorText)")
        let kept = try await store.machine("image", "ls")
        #expect(kept.text.contains(try digest(of: Self.swarmd)), "\(kept.text)")
        #expect(!kept.text.contains(try digest(of: other)), "\(kept.text)")
        try await store.expectNothingLeft()
    }

    @Test(.timeLimit(.minutes(5)))
    func aMachineThatBootsHasItFromItsFirstBootOn() async throws {
        let log = try await store.create("--cold", "--orchestrator", "swarmd", "--engine-opt", "max-concurrent-downloads=2", "n1")
        #expect(log.contains("Starting the VM..."), "\(log)")
        try await expectSwarmdInFront(of: "n1", program: Self.swarmd)
        #expect(try await store.machine("kill", "n1").succeeded)
        #expect(try await store.machine("start", "n1").succeeded)
        try await expectSwarmdInFront(of: "n1", program: Self.swarmd)
        #expect(try await store.machine("rm", "-y", "n1").succeeded)
        try await store.expectNothingLeft()
    }

    @Test func withoutAProgramNothingIsMade() async throws {
        for words in [["create", "--orchestrator", "swarmd", "n1"], ["image", "template", "--orchestrator", "swarmd"]] {
            let result = try await store.machine(words, environment: ["SWARMLAB_SWARMD": "/nonexistent/swarmd"])
            #expect(result.status == (words[0] == "create" ? 3 : 1))
            #expect(result.errorText.contains("SWARMLAB_SWARMD says /nonexistent/swarmd"), "\(result.errorText)")
            #expect(!result.text.contains("Making the disk") && !result.text.contains("Building"), "\(result.text)")
        }
        try await store.expectNothingLeft()
    }

    // MARK: - Parts

    /// The same program with a byte more: another for everybody but the kernel.
    private func changed(_ name: String) throws -> URL {
        let copy = store.folder.url.appending(path: name)
        try FileManager.default.copyItem(at: Self.swarmd, to: copy)
        let handle = try FileHandle(forWritingTo: copy)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0]))
        try handle.close()
        return copy
    }

    private func digest(of program: URL) throws -> String {
        try Injection.find(environment: ["SWARMLAB_SWARMD": program.path], started: nil).digest
    }

    private func provision(_ name: String, with program: URL) async throws -> CommandResult {
        try await store.machine("provision", name, environment: ["SWARMLAB_SWARMD": program.path])
    }

    /// The engine is reached through that swarmd, from inside and from outside, and through nothing else.
    private func expectSwarmdInFront(
        of name: String, program: URL, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outside = try await store.inShell("eval $(docker-machine env --shell bash \(name)) && docker info -f '{{.Name}}'")
        #expect(outside.text == "\(name)\n", "\(outside.errorText)", sourceLocation: sourceLocation)
        let inside = try await store.ssh(
            name,
            """
            docker info -f '{{.Name}}'
            sudo ss -lntxpH | awk '/:2376 |docker.sock |engine.sock / { split($NF, a, "\\""); print $5, a[2] }' | sort
            sudo cmp /usr/lib/swarmd/swarmd /proc/$(pidof swarmd)/exe && sha256sum < /usr/lib/swarmd/swarmd
            pidof stunnel || echo no stunnel
            cat /sys/block/vd*/serial
            """)
        let sum = try await store.inShell("sha256sum < \(program.path)").text
        let expected = """
            \(name)
            /run/docker.sock swarmd
            /run/swarmd/engine.sock dockerd
            0.0.0.0:2376 swarmd
            \(sum)no stunnel
            \(Injection.serial(try digest(of: program)))
            """
        #expect(inside == expected, sourceLocation: sourceLocation)
    }

    /// Each shows the certificate that was made for it.
    private func expectCertificatesOfTheirOwn(_ names: String...) async throws {
        for name in names {
            let address = try store.machines.machine(name).configuration.driver.ipAddress
            let shown = try await store.inShell(
                """
                f=$MACHINE_STORAGE_PATH/machines/\(name)
                openssl s_client -connect \(address):2376 -CAfile $f/ca.pem -cert $f/cert.pem -key $f/key.pem -verify_return_error \
                    < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint -sha256 && openssl x509 -noout -fingerprint \
                    -sha256 -in $f/server.pem
                """)
            let prints = shown.text.split(separator: "\n").map(String.init)
            #expect(prints.count == 2 && Set(prints).count == 1, "\(name): \(shown.text)\(shown.errorText)")
        }
    }

    /// A checkpoint has the disk that the machine had then, and the machine another one afterwards.
    private func goBack(_ name: String, with other: URL) async throws {
        try await store.machines.checkpoint("before", of: [name]) { _ in }
        let replaced = try await provision(name, with: other)
        #expect(replaced.succeeded, "\(replaced.text)\(replaced.errorText)")
        try await expectSwarmdInFront(of: name, program: other)
        try await store.machines.rewind(to: "before", of: [name]) { _ in }
        try await expectSwarmdInFront(of: name, program: Self.swarmd)
        let again = try await provision(name, with: other)
        #expect(again.succeeded && again.text.contains("Replacing swarmd..."), "\(again.text)\(again.errorText)")
        try await expectSwarmdInFront(of: name, program: other)
    }
}
