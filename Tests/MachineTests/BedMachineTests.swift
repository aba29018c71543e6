import Foundation
import Processes
import Testing

@testable import Machine

/// The `machine` program against real VMs, in a bed (scripts/testbed): what a person sees, and what is left behind.
@Suite(.enabled(if: BedStore.isInBed), .serialized)
struct BedMachineTests {
    let store: BedStore

    init() throws { store = try BedStore() }

    @Test(.timeLimit(.minutes(8)))
    func aMachinesLifeWithAllThatIsTakenAwayBehindItsBack() async throws {
        let create = try await store.machine("create", "-d", "virtualbox", "--virtualbox-memory", "512", "n1")
        try #require(create.succeeded, "\(create.text)\(create.errorText)")
        #expect(create.text.hasSuffix("run: docker-machine env n1\n"))
        #expect(try await store.machine("ip", "n1").text == "192.168.99.100\n")
        #expect(try await store.machine("status", "n1").text == "Running\n")

        // The engine over TLS, by name and by address, with an unmodified client.
        let engine = try await store.inShell(
            "eval $(docker-machine env --shell bash n1) && docker version --format '{{.Server.Version}}'")
        #expect(engine.text.contains("."), "\(engine.errorText)")
        let names = try await store.inShell(
            "openssl x509 -in $MACHINE_STORAGE_PATH/machines/n1/server.pem -noout -ext subjectAltName")
        for name in ["DNS:n1", "DNS:localhost", "IP Address:192.168.99.100", "IP Address:127.0.0.1"] {
            #expect(names.text.contains(name))
        }

        // ssh: clean output, streams apart, the status passed through; scp both ways.
        let ssh = try await store.machine("ssh", "n1", "echo out; echo err >&2; exit 42")
        #expect(ssh == CommandResult(status: 42, standardOutput: Data("out\n".utf8), standardError: Data("err\n".utf8)))
        let copied = try await store.inShell(
            """
            cd $MACHINE_STORAGE_PATH && echo "it's \\$here" > 'a file' && docker-machine scp -q 'a file' 'n1:a file' \
                && docker-machine scp -q 'n1:a file' back && cmp 'a file' back
            """)
        #expect(copied.succeeded, "\(copied.errorText)")

        // Who opens the console is logged in.
        let console = try await store.machine(
            "ssh", "n1", "for i in $(seq 60); do pgrep -t ttyS0 -u docker -l && exit; sleep 1; done; ps -t ttyS0")
        #expect(console.text.hasSuffix(" bash\n"), "\(console.text)")

        // An existing host over SSH is a machine, too: this one, under another name.
        let generic = try await store.machine(
            "create", "-d", "generic", "--generic-ip-address", "192.168.99.100", "--generic-ssh-user", "docker",
            "--generic-ssh-key", "\(store.folder.url.path)/machines/n1/id_rsa", "--engine-label", "made=by-ssh", "same")
        try #require(generic.succeeded, "\(generic.text)\(generic.errorText)")
        let label = try await store.inShell("docker $(docker-machine config same) info --format '{{.Labels}}'")
        #expect(label.text.contains("made=by-ssh") && label.text.contains("provider=generic"), "\(label.errorText)")
        #expect(try await store.machine("rm", "-y", "same").succeeded)

        #expect(try await store.machine("stop", "n1").succeeded)
        #expect(try await store.machine("stop", "n1").errorText == "Machine \"n1\" is already stopped.\n")
        #expect(try await store.machine("ip", "n1").errorText == "Error getting IP address: Host is not running\n")
        _ = try await store.inShell("virsh net-destroy swarmlab && virsh net-undefine swarmlab && virsh undefine n1")
        let status = try await store.machine("status", "n1")
        #expect(status.status == 1)
        #expect(status.errorText.contains("docker-machine start n1"))
        let start = try await store.machine("start", "n1")
        #expect(start.succeeded, "\(start.errorText)")
        #expect(try await store.machine("ip", "n1").text == "192.168.99.100\n")
        #expect(try await store.machine("ssh", "n1", "docker info --format '{{.Labels}}'").text.contains("made=by-ssh"))
        #expect(try await store.machine("start", "n1").errorText == "Machine \"n1\" is already running.\n")

        #expect(try await store.machine("rm", "-y", "n1").text.hasSuffix("Successfully removed n1\n"))
        try await store.expectNothingLeft()
    }

    @Test(.timeLimit(.minutes(3)), arguments: [SIGINT, SIGTERM])
    func aForkThatIsInterruptedLeavesNothing(_ signal: Int32) async throws {
        _ = try await store.ensureTemplate()
        let status = try await store.createAndSignal(signal)
        #expect(status == 130)
        try await store.expectNothingLeft()
    }

    @Test(.timeLimit(.minutes(3))) func afterAKillTheNextCommandTakesDownWhatIsLeft() async throws {
        _ = try await store.ensureTemplate()
        let status = try await store.createAndSignal(SIGKILL)
        #expect(status == 137)
        #expect(try await store.inShell("virsh list --name --all").text.contains("n1"))
        let list = try await store.machine("ls", "-q")
        #expect(list.succeeded && list.text.isEmpty)
        #expect(list.errorText == "Removing what an interrupted create of \"n1\" left...\n")
        try await store.expectNothingLeft()
    }

    @Test func aFullDiskIsSaidBeforeAnythingIsMade() async throws {
        let folder = BedStore.pool
        _ = try await store.inShell(
            "virsh pool-destroy swarmlab; mkdir -p \(folder) && mount -t tmpfs -o size=64m tmpfs \(folder)")
        let create = try await store.machine("create", "n1")
        #expect(create.status == 1)
        #expect(create.errorText.contains("no space for disks: \(folder) has"))
        try await store.expectNothingLeft()
        _ = try await store.inShell("virsh pool-destroy swarmlab; umount \(folder)")
    }

    @Test func aForeignDomainOfTheNameIsLeftAlone() async throws {
        let xml = "<domain type='qemu'><name>n1</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        let defined = try await store.inShell(
            "printf %s \(ShellWord.quote(xml)) > $MACHINE_STORAGE_PATH/n1.xml && virsh define $MACHINE_STORAGE_PATH/n1.xml")
        try #require(defined.succeeded, "\(defined.errorText)")
        let create = try await store.machine("create", "n1")
        #expect(create.status == 3)
        #expect(create.errorText.hasPrefix("Error with pre-create check: \"libvirt has a domain \\\"n1\\\" already"))
        #expect(try await store.inShell("virsh undefine n1").succeeded)
        try await store.expectNothingLeft()
    }

    @Test func withoutLibvirtTheErrorSaysWhatToDo() async throws {
        let create = try await store.machine("--libvirt-uri", "qemu+unix:///system?socket=/nonexistent", "create", "n1")
        #expect(create.status == 3)
        #expect(create.errorText.contains("cannot connect to libvirt at qemu+unix:///system?socket=/nonexistent"))
        #expect(create.errorText.contains("systemctl start libvirtd"))
        try await store.expectNothingLeft()
    }

    @Test func withoutAnImageTheErrorSaysHowToBuildOne() async throws {
        let create = try await store.machine(
            "create", "n1", environment: ["MACHINE_CACHE_PATH": "\(store.folder.url.path)/empty"])
        #expect(create.status == 3)
        #expect(create.errorText.contains("docker-machine image build"))
        try await store.expectNothingLeft()
    }
}
