import Foundation
import Processes
import Testing

@testable import Machine

/// Forks of a frozen template as real VMs, in a bed (scripts/testbed): what they must not have of each other, and that they
/// are machines like any other.
@Suite(.enabled(if: BedStore.isInBed), .serialized)
struct BedForkTests {
    let store: BedStore

    init() throws { store = try BedStore() }

    @Test(.timeLimit(.minutes(8)))
    func forksAreMachinesOfTheirOwn() async throws {
        let template = try await store.ensureTemplate()
        let log = try await store.create(
            "--engine-label", "role=test", "--engine-registry-mirror", "http://192.0.2.1:5000", "a", "b", "c")
        #expect(log.components(separatedBy: "Forking template \(template.digest)").count == 4, "\(log)")
        #expect(!log.contains("Restarting the engine"))

        try await expectIdentitiesApart()
        try await expectTLSOfTheirOwn()
        for name in ["a", "b", "c"] {
            let settings = try await store.inShell(
                "docker $(docker-machine config \(name)) info --format '{{.Labels}} {{.RegistryConfig.Mirrors}}'")
            for text in ["role=test", "provider=libvirt", "http://192.0.2.1:5000/", "http://192.168.99.1:5000/"] {
                #expect(settings.text.contains(text), "\(name): \(settings.text)\(settings.errorText)")
            }
        }
        let addresses = try await store.ssh("a", "getent ahostsv4 b c a | awk '$2 == \"STREAM\" { print $1 }'; hostname -s")
        #expect(addresses.hasSuffix("\na"))
        for name in ["b", "c"] {
            let address = try await store.machine("ip", name).text.dropLast()
            #expect(addresses.split(separator: "\n").contains(address), "\(name) is not known as \(address): \(addresses)")
        }

        try await expectSharedMemory(of: "a", "b")
        try await expectNoPrivateKey(in: template)
        try await liveThroughANewQEMU()
        #expect(try await store.machine("rm", "-y", "a", "b", "c").succeeded)
        try await store.expectNothingLeft()
    }

    @Test(.timeLimit(.minutes(6)))
    func diskSizeAndOptionsOfTheEngineAreAsAskedForForkedOrBooted() async throws {
        _ = try await store.ensureTemplate()
        async let cold = store.create("--cold", "--libvirt-disk-size", "30000", "cold")
        let forked = try await store.create(
            "--libvirt-disk-size", "30000", "--engine-opt", "max-concurrent-downloads=2", "--engine-storage-driver", "vfs",
            "forked")
        #expect(forked.contains("Restarting the engine"))
        #expect(try await cold.contains("Starting the VM..."))
        for name in ["cold", "forked"] {
            let size = try #require(Int(try await store.ssh(name, "df --output=size -B1000000 / | tail -1").filter(\.isNumber)))
            // ext4 keeps some of it for itself.
            #expect((28_000...30_000).contains(size), "\(name) has \(size) MB")
        }
        let driver = try await store.inShell("docker $(docker-machine config forked) info -f '{{.Driver}}'")
        #expect(driver.text == "vfs\n", "\(driver.errorText)")
        #expect(
            try await store.ssh("forked", "tr '\\0' ' ' < /proc/$(pidof dockerd)/cmdline").contains(
                "--max-concurrent-downloads=2"))
        #expect(try await store.machine("rm", "-y", "cold", "forked").succeeded)
        try await store.expectNothingLeft()
    }

    // MARK: - Identity

    /// Prints `name=value` lines: what must differ between machines, and (`same-`) what forks have in common.
    private static let identity = """
        p() { printf '%s=%s\\n' "$1" "$(printf %s "$2" | tr '\\n' ' ')"; }
        p hostname "$(hostname)"
        p etc-hostname "$(cat /etc/hostname)"
        p machine-id "$(cat /etc/machine-id)"
        p boot-id "$(cat /proc/sys/kernel/random/boot_id)"
        p product-uuid "$(sudo cat /sys/class/dmi/id/product_uuid)"
        p host-keys "$(sudo sh -c 'cat /etc/ssh/ssh_host_*_key')"
        p host-keys-public "$(cat /etc/ssh/ssh_host_*_key.pub)"
        p mac "$(cat /sys/class/net/eth0/address)"
        p address "$(ip -4 -o address show dev eth0 | awk '{ print $4 }')"
        p engine "$(docker info --format '{{.ID}}')"
        p engine-file "$(sudo cat /var/lib/docker/engine-id)"
        p certificate "$(sudo cat /etc/docker/server.pem)"
        p key "$(sudo cat /etc/docker/server-key.pem)"
        p random-seed "$(sudo sha256sum /var/lib/systemd/random-seed)"
        p urandom-1 "$(head -c 32 /dev/urandom | base64)"
        p urandom-2 "$(head -c 32 /dev/urandom | base64)"
        p uuid "$(cat /proc/sys/kernel/random/uuid)"
        p getrandom "$(openssl rand -hex 32)"
        p engine-random "$(docker volume create)"
        p same-engine-start "$(awk '{ print $22 }' /proc/$(pidof dockerd)/stat)"
        p same-engine-active "$(sudo systemctl show -P ActiveEnterTimestampMonotonic docker.service)"
        p same-engine-restarts "$(sudo systemctl show -P NRestarts docker.service)"
        """

    private func identity(of name: String) async throws -> [String: String] {
        let before = Date().timeIntervalSince1970
        let clock = try #require(Double(try await store.ssh(name, "date +%s.%N")))
        let after = Date().timeIntervalSince1970
        // Not the template's, which stood still since it was made. On a busy host the clock is set seconds after it was looked up.
        #expect((before - 10...after + 2).contains(clock), "\(name)'s clock shows \(clock) at \(before) to \(after)")
        let text = try await store.ssh(name, Self.identity)
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            values[parts[0]] = parts[1]
        }
        return values
    }

    private func expectIdentitiesApart() async throws {
        var all: [String: [String: String]] = [:]
        for name in ["a", "b", "c"] { all[name] = try await identity(of: name) }
        let first = try #require(all["a"])
        #expect(first.count == 22, "\(first.keys.sorted())")
        for key in first.keys.sorted() {
            let values = all.values.compactMap { $0[key] }
            #expect(values.count == 3 && values.allSatisfy { !$0.isEmpty }, "\(key): \(values)")
            let different = Set(values).count
            if key.hasPrefix("same-") {
                #expect(different == 1, "the engine was started again: \(key) is \(values)")
            } else {
                #expect(different == 3, "\(key) is shared: \(values)")
            }
        }
        for (name, values) in all {
            let driver = try store.machines.machine(name).configuration.driver
            #expect(values["hostname"] == name)
            #expect(values["engine"] == values["engine-file"])
            #expect(values["product-uuid"] == driver.domainUUID)
            #expect(values["mac"] == driver.macAddress)
            #expect(values["address"]?.hasPrefix(driver.ipAddress + "/") == true)
            #expect(values["same-engine-restarts"] == "0")
        }
    }

    /// What each shows to the network is its own, too.
    private func expectTLSOfTheirOwn() async throws {
        var certificates = Set<String>(), keys = Set<String>()
        for name in ["a", "b", "c"] {
            let address = try store.machines.machine(name).configuration.driver.ipAddress
            let shown = try await store.inShell(
                """
                f=$MACHINE_STORAGE_PATH/machines/\(name)
                openssl s_client -connect \(address):2376 -CAfile $f/ca.pem -cert $f/cert.pem -key $f/key.pem -verify_return_error \
                    < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint -sha256 && openssl x509 -noout -fingerprint \
                    -sha256 -in $f/server.pem
                """)
            let prints = Set(shown.text.split(separator: "\n").map(String.init))
            #expect(prints.count == 1, "\(name) shows another certificate than its own: \(shown.text)\(shown.errorText)")
            certificates.formUnion(prints)
            let scanned = try await store.inShell("ssh-keyscan -T 20 -t ed25519 \(address) 2>/dev/null | cut -d' ' -f3")
            #expect(scanned.text.count > 60)
            keys.insert(scanned.text)
        }
        #expect(certificates.count == 3)
        #expect(keys.count == 3)
    }

    // MARK: - Memory

    private func expectSharedMemory(of first: String, _ second: String) async throws {
        let one = try await store.memory(of: first, mapping: ".ram")
        let two = try await store.memory(of: second, mapping: ".ram")
        #expect(one.shared > 50 << 10 && two.shared > 50 << 10, "KiB shared: \(one.shared) and \(two.shared)")
        #expect(
            Double(one.proportional + two.proportional) < 0.85 * Double(one.resident + two.resident), "\(one), \(two)")
    }

    // MARK: - Secrets

    /// Prints a part of the body of each private key in the files, and where it is; passes over holes.
    private static let search = #"""
        use strict; use warnings;
        for my $path (@ARGV) {
            open my $in, '<:raw', $path or die "$path: $!\n";
            my ($rest, $at, $size) = ('', 0, -s $path);
            while ($at < $size) {
                my $data = sysseek $in, $at, 3 or last;  # SEEK_DATA
                $rest = '' if $data != $at;
                sysseek $in, $at = $data + 0, 0;
                my $count = sysread $in, my $bytes, 1 << 22 or last;
                $rest .= $bytes;
                $at += $count;
                while ($rest =~ /-----BEGIN (?:[A-Z]+ )*(?:PRIVATE|TESTING) KEY-----\s+([A-Za-z0-9+\/=\s]{140})/g) {
                    my ($at, $body) = ($at - length($rest) + $-[0], $1);
                    # The beginning only says what kind of key it is.
                    print substr($body =~ s/\s//gr, 60), " $path $at\n";
                }
                $rest = substr $rest, -200 if length $rest > 200;
            }
        }
        """#

    /// Parts of the keys' bodies, each with a place where it is.
    private func privateKeys(in paths: String...) async throws -> [String: String] {
        let script = store.folder.url.appending(path: "search.pl")
        try Data(Self.search.utf8).write(to: script)
        var command = Command("perl", [script.path] + paths)
        command.timeout = .seconds(200)
        let result = try await command.run()
        try #require(result.succeeded, "\(result.errorText)")
        let found = result.text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        return Dictionary(found.map { ($0[0], $0[1]) }) { first, _ in first }
    }

    /// The keys in a disk as a guest sees it: also what is compressed, and the layers below.
    private func privateKeys(onDisk path: String) async throws -> [String: String] {
        let raw = store.folder.url.appending(path: "disk.raw").path
        let convert = try await store.inShell("qemu-img convert -U -O raw \(path) \(raw)")
        try #require(convert.succeeded, "\(convert.errorText)")
        defer { try? FileManager.default.removeItem(atPath: raw) }
        return try await privateKeys(in: raw)
    }

    private func expectNoPrivateKey(in template: Template) async throws {
        let base = "\(BedStore.pool)/template-\(template.digest)"
        // Libraries come with keys for testing themselves, which all the world knows.
        let published = try await privateKeys(onDisk: "\(BedStore.pool)/base-\(template.image).qcow2")
        let frozen = try await privateKeys(in: base + ".ram", base + ".state", base + ".qcow2")
        #expect(frozen.filter { published[$0.key] == nil } == [:])
        #expect(try await privateKeys(onDisk: base + ".qcow2").filter { published[$0.key] == nil } == [:])
        let files = try await store.ssh(
            "a",
            "sudo grep -rlaE -e '-----BEGIN ([A-Z]+ )*PRIVATE KEY' /etc /home /opt /root /srv /tmp /usr/lib/swarmlab /var | sort")
        #expect(files == "/etc/docker/server-key.pem\n/etc/ssh/ssh_host_ed25519_key", "\(files)")
        // The same search does find the key of a fork, on its disk and in its memory.
        _ = try await store.ssh("a", "sudo cat /etc/docker/server-key.pem > /dev/null; sync")
        let key = try #require(
            try await privateKeys(in: store.machines.store.folder(of: "a").appending(path: "server-key.pem").path).keys.first)
        #expect(published[key] == nil)
        #expect(try await privateKeys(in: "\(BedStore.pool)/a.qcow2")[key] != nil)
        let dump = store.folder.url.appending(path: "a.dump").path
        let dumped = try await store.inShell("virsh dump --live --memory-only a \(dump)")
        try #require(dumped.succeeded, "\(dumped.errorText)")
        #expect(try await privateKeys(in: dump)[key] != nil)
        try FileManager.default.removeItem(atPath: dump)
    }

    // MARK: - Life

    /// A fork is stopped and started, another restarted, a third sleeps, while the host's QEMU is replaced by another.
    private func liveThroughANewQEMU() async throws {
        let before = try await identity(of: "a")
        let boots = try await store.ssh("b", "uptime -s; cat /proc/sys/kernel/random/boot_id")
        let old = try await digest()
        try await store.machines.suspend(["b"]) { _ in }
        #expect(try await store.machine("stop", "a").succeeded)
        #expect(try await store.machine("kill", "c").succeeded)
        #expect(try await store.machine("status", "b").text == "Saved\n")
        #expect(try await store.machine("status", "c").text == "Stopped\n")

        let qemu = "/usr/bin/qemu-system-x86_64"
        let replace = try await store.inShell(
            "cp \(qemu) /run/qemu-new && touch -d '2001-02-03 04:05:06' /run/qemu-new && mount --bind /run/qemu-new \(qemu)")
        try #require(replace.succeeded, "\(replace.errorText)")
        do {
            #expect(try await digest() != old, "the template of another QEMU would be used")
            async let booted = store.machine("start", "a")
            async let revived = store.machine("start", "c")
            try await store.machines.resume(["b"]) { _ in }
            let (a, c) = try await (booted, revived)
            #expect(a.succeeded, "\(a.text)\(a.errorText)")
            #expect(c.succeeded, "\(c.text)\(c.errorText)")
        } catch {
            _ = try await store.inShell("umount -l \(qemu)")
            throw error
        }
        #expect(try await store.inShell("umount -l \(qemu) && rm /run/qemu-new").succeeded)

        // It slept rather than booted.
        #expect(try await store.ssh("b", "cat /proc/sys/kernel/random/boot_id") == String(boots.split(separator: "\n")[1]))
        _ = try await identity(of: "b")
        // It booted from its own disk, and is who it was.
        let after = try await identity(of: "a")
        for key in ["hostname", "machine-id", "product-uuid", "host-keys", "mac", "address", "engine", "certificate", "key"] {
            #expect(after[key] == before[key], "\(key)")
        }
        for key in ["boot-id", "random-seed", "uuid"] { #expect(after[key] != before[key], "\(key)") }
        let restart = try await store.machine("restart", "a")
        #expect(restart.succeeded, "\(restart.text)\(restart.errorText)")
        #expect(try await store.ssh("a", "docker info -f '{{.Name}}'") == "a")
    }

    /// Of the template that a machine made now would be forked from.
    private func digest() async throws -> String {
        // A connection of its own: what the program sees that a person starts now.
        let machines = store.machines
        let image = try ImageCache(store: machines.store).currentGuestImage()
        let base = DiskPool.BaseImage(disk: "-", kernel: "-", initrd: "-", commandLine: image.commandLine)
        return try await TemplateRecipe(
            image: image, base: base, memoryMiB: BedStore.memoryMiB, cpus: 1, hardwareAcceleration: false, host: machines.host
        ).digest
    }
}
