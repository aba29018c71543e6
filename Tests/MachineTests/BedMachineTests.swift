import Foundation
import Processes
import Testing

@testable import Machine

/// The `machine` program against real VMs, in a bed (scripts/testbed): what a person sees, and what is left behind.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SWARMLAB_BED"] == "1"), .serialized)
struct BedMachineTests {
    let store: TemporaryFolder

    init() throws { store = try TemporaryFolder() }

    @Test(.timeLimit(.minutes(8)))
    func aMachinesLifeWithAllThatIsTakenAwayBehindItsBack() async throws {
        let create = try await machine("create", "-d", "virtualbox", "--virtualbox-memory", "512", "n1")
        try #require(create.succeeded, "\(create.text)\(create.errorText)")
        #expect(create.text.hasSuffix("run: docker-machine env n1\n"))
        #expect(try await machine("ip", "n1").text == "192.168.99.100\n")
        #expect(try await machine("status", "n1").text == "Running\n")

        // The engine over TLS, by name and by address, with an unmodified client.
        let engine = try await inShell(
            "eval $(docker-machine env --shell bash n1) && docker version --format '{{.Server.Version}}'")
        #expect(engine.text.contains("."), "\(engine.errorText)")
        let names = try await inShell("openssl x509 -in $MACHINE_STORAGE_PATH/machines/n1/server.pem -noout -ext subjectAltName")
        for name in ["DNS:n1", "DNS:localhost", "IP Address:192.168.99.100", "IP Address:127.0.0.1"] {
            #expect(names.text.contains(name))
        }

        // ssh: clean output, streams apart, the status passed through; scp both ways.
        let ssh = try await machine("ssh", "n1", "echo out; echo err >&2; exit 42")
        #expect(ssh == CommandResult(status: 42, standardOutput: Data("out\n".utf8), standardError: Data("err\n".utf8)))
        let copied = try await inShell(
            """
            cd $MACHINE_STORAGE_PATH && echo "it's \\$here" > 'a file' && docker-machine scp -q 'a file' 'n1:a file' \
                && docker-machine scp -q 'n1:a file' back && cmp 'a file' back
            """)
        #expect(copied.succeeded, "\(copied.errorText)")

        // An existing host over SSH is a machine, too: this one, under another name.
        let generic = try await machine(
            "create", "-d", "generic", "--generic-ip-address", "192.168.99.100", "--generic-ssh-user", "docker",
            "--generic-ssh-key", "\(store.url.path)/machines/n1/id_rsa", "--engine-label", "made=by-ssh", "same")
        try #require(generic.succeeded, "\(generic.text)\(generic.errorText)")
        let label = try await inShell("docker $(docker-machine config same) info --format '{{.Labels}}'")
        #expect(label.text.contains("made=by-ssh") && label.text.contains("provider=generic"), "\(label.errorText)")
        #expect(try await machine("rm", "-y", "same").succeeded)

        #expect(try await machine("stop", "n1").succeeded)
        #expect(try await machine("stop", "n1").errorText == "Machine \"n1\" is already stopped.\n")
        #expect(try await machine("ip", "n1").errorText == "Error getting IP address: Host is not running\n")
        _ = try await inShell("virsh net-destroy swarmlab && virsh net-undefine swarmlab && virsh undefine n1")
        let status = try await machine("status", "n1")
        #expect(status.status == 1)
        #expect(status.errorText.contains("docker-machine start n1"))
        let start = try await machine("start", "n1")
        #expect(start.succeeded, "\(start.errorText)")
        #expect(try await machine("ip", "n1").text == "192.168.99.100\n")
        #expect(try await machine("ssh", "n1", "docker info --format '{{.Labels}}'").text.contains("made=by-ssh"))
        #expect(try await machine("start", "n1").errorText == "Machine \"n1\" is already running.\n")

        #expect(try await machine("rm", "-y", "n1").text.hasSuffix("Successfully removed n1\n"))
        try await expectNothingLeft()
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aCreateThatIsInterruptedLeavesNothing(_ signal: Int32) async throws {
        let status = try await createAndSignal(signal)
        #expect(status == 130)
        try await expectNothingLeft()
    }

    @Test func afterAKillTheNextCommandTakesDownWhatIsLeft() async throws {
        let status = try await createAndSignal(SIGKILL)
        #expect(status == 137)
        #expect(try await inShell("virsh list --name --all").text.contains("n1"))
        let list = try await machine("ls", "-q")
        #expect(list.succeeded && list.text.isEmpty)
        #expect(list.errorText == "Removing what an interrupted create of \"n1\" left...\n")
        try await expectNothingLeft()
    }

    @Test func aFullDiskIsSaidBeforeAnythingIsMade() async throws {
        let folder = "/var/lib/libvirt/images/swarmlab"
        _ = try await inShell("virsh pool-destroy swarmlab; mkdir -p \(folder) && mount -t tmpfs -o size=64m tmpfs \(folder)")
        let create = try await machine("create", "n1")
        #expect(create.status == 1)
        #expect(create.errorText.contains("no space for disks: \(folder) has"))
        try await expectNothingLeft()
        _ = try await inShell("virsh pool-destroy swarmlab; umount \(folder)")
    }

    @Test func aForeignDomainOfTheNameIsLeftAlone() async throws {
        let xml = "<domain type='qemu'><name>n1</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        let defined = try await inShell(
            "printf %s \(ShellWord.quote(xml)) > $MACHINE_STORAGE_PATH/n1.xml && virsh define $MACHINE_STORAGE_PATH/n1.xml")
        try #require(defined.succeeded, "\(defined.errorText)")
        let create = try await machine("create", "n1")
        #expect(create.status == 3)
        #expect(create.errorText.hasPrefix("Error with pre-create check: \"libvirt has a domain \\\"n1\\\" already"))
        #expect(try await inShell("virsh undefine n1").succeeded)
        try await expectNothingLeft()
    }

    @Test func withoutLibvirtTheErrorSaysWhatToDo() async throws {
        let create = try await machine("--libvirt-uri", "qemu+unix:///system?socket=/nonexistent", "create", "n1")
        #expect(create.status == 3)
        #expect(create.errorText.contains("cannot connect to libvirt at qemu+unix:///system?socket=/nonexistent"))
        #expect(create.errorText.contains("systemctl start libvirtd"))
        try await expectNothingLeft()
    }

    @Test func withoutAnImageTheErrorSaysHowToBuildOne() async throws {
        let create = try await machine("create", "n1", environment: ["MACHINE_CACHE_PATH": "\(store.url.path)/empty"])
        #expect(create.status == 3)
        #expect(create.errorText.contains("docker-machine image build"))
        try await expectNothingLeft()
    }

    // MARK: - Parts

    private static let programs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../bin")
        .standardizedFileURL

    private func command(_ words: [String], environment: [String: String] = [:]) -> Command {
        var command = Command("docker-machine", words)
        command.executable = Self.programs.appending(path: "docker-machine").path
        command.environment = environment.mapValues { $0 }
        command.environment["MACHINE_STORAGE_PATH"] = store.url.path
        command.environment["PATH"] = "\(Self.programs.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        command.timeout = .seconds(400)
        return command
    }

    private func machine(_ words: String..., environment: [String: String] = [:]) async throws -> CommandResult {
        try await command(words, environment: environment).run()
    }

    private func inShell(_ script: String) async throws -> CommandResult {
        var shell = command(["-c", script])
        shell.executable = "bash"
        return try await shell.run()
    }

    /// Starts `create n1`, sends the signal once its VM boots, and returns the exit status.
    private func createAndSignal(_ signal: Int32) async throws -> Int32 {
        // The shell tells the pid; exec keeps it. (A job of a shell without job control would ignore SIGINT.)
        let pidFile = store.url.appending(path: "pid")
        var create = command(["-c", "echo $$ > \"$0\"; exec docker-machine create n1", pidFile.path])
        create.executable = "sh"
        async let result = create.run()
        for _ in 0..<600 {
            if try await inShell("virsh list --name").text.contains("n1") { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let pid = try #require(Int32(try String(contentsOf: pidFile, encoding: .utf8).dropLast()))
        kill(pid, signal)
        return try await result.status
    }

    private func expectNothingLeft() async throws {
        let left = try await inShell(
            """
            virsh list --all --name; virsh net-list --all --name
            virsh pool-list --name | grep -q swarmlab && virsh vol-list swarmlab | awk 'NR > 2 && $1 !~ /^base-/ { print $1 }'
            ls -A "$MACHINE_STORAGE_PATH/machines" 2>/dev/null; pgrep -a docker-registry
            """)
        #expect(left.text.trimmingCharacters(in: .whitespacesAndNewlines) == "")
    }
}
