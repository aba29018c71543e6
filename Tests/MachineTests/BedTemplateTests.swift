import Foundation
import Libvirt
import Processes
import Testing

@testable import Machine

/// Templates that are half built, damaged, needed by two at once, or in somebody's way, in a bed (scripts/testbed).
@Suite(.enabled(if: BedStore.isInBed), .serialized)
struct BedTemplateTests {
    let store: BedStore

    init() throws { store = try BedStore() }

    @Test(.timeLimit(.minutes(6)))
    func aBuildThatWasKilledIsMadeGoodAndTwoAtOnceBuildOnce() async throws {
        let existing = try await store.ensureTemplate()
        // Another memory size is another template, and so is one whose memory may not be shared.
        let size = 448
        let copied = ["SWARMLAB_TEMPLATE_MEMORY": "copied"]
        let status = try await store.signalling(
            SIGKILL, once: "virsh list --name | grep -q ^swarmlab-template-", "create", "--memory", "\(size)", "n1",
            environment: copied)
        #expect(status == 137)
        #expect(try await store.inShell("virsh list --name").text.contains("swarmlab-template-"))
        #expect(try await store.machines.templates().filter { $0.memoryMiB == size }.isEmpty)

        async let one = store.machine("create", "--memory", "\(size)", "n1", environment: copied)
        async let two = store.machine("create", "--memory", "\(size)", "n2", environment: copied)
        let results = try await [one, two]
        for result in results { #expect(result.succeeded, "\(result.text)\(result.errorText)") }
        let builds = results.filter { $0.text.contains("Building the template for machines of \(size) MB") }
        #expect(builds.count == 1, "\(results.map(\.text))")
        #expect(results.allSatisfy { $0.text.contains("Forking template") })
        #expect(try await !store.inShell("virsh list --all --name").text.contains("swarmlab-template-"))
        let built = try #require(try await store.machines.templates().first { $0.memoryMiB == size })
        #expect(built.digest != existing.digest)
        #expect(built.users == ["n1", "n2"])

        #expect(!built.sharesMemory)
        #expect(try !files(of: built).contains { $0.hasSuffix(".ram") })
        for name in ["n1", "n2"] {
            #expect(try await store.inShell("docker $(docker-machine config \(name)) info -f '{{.Name}}'").text == name + "\n")
            let memory = try await store.memory(of: name, mapping: "")
            #expect(memory.shared < 100 << 10, "\(name) shares \(memory.shared) KiB")
            #expect(memory.resident > 150 << 10)
        }

        // Somebody's.
        let refused = try await store.machine("image", "rm", built.digest)
        #expect(refused.status != 0)
        #expect(
            refused.errorText.contains("template \(built.digest) is in use: n1, n2 are layered upon it"), "\(refused.errorText)")
        await #expect(throws: MachineError.self) { try await store.machines.removeTemplate(built.digest) { _ in } }
        #expect(try await store.machines.templates().contains { $0.digest == built.digest })
        // Nobody's any more.
        #expect(try await store.machine("rm", "-y", "n1", "n2").succeeded)
        let removed = try await store.machine("image", "rm", built.digest)
        #expect(removed.succeeded, "\(removed.errorText)")
        #expect(try files(of: built) == [])
        try await store.expectNothingLeft()
    }

    @Test(.timeLimit(.minutes(4)))
    func aTemplateThatSomethingWroteToIsBuiltAgain() async throws {
        let template = try await store.ensureTemplate()
        #expect(try files(of: template).count == 4)
        // What each harm looks like, undone at once.
        let harms = [
            "printf x | dd of=$t.ram bs=1 seek=1000 conv=notrunc", "printf x | dd of=$t.qcow2 bs=1 seek=70000 conv=notrunc",
            "truncate -s -100 $t.state", "truncate -s 20 $t.json", "rm $t.json", "rm $t.state", "rm $t.ram", "rm $t.qcow2",
        ]
        let folder = store.folder.url.path
        for harm in harms {
            let file = try #require(["ram", "qcow2", "state", "json"].first { harm.contains("$t.\($0)") })
            let base = "\(BedStore.pool)/template-\(template.digest)"
            let harmed = try await store.inShell(
                "t=\(base); cp -a --sparse=always $t.\(file) \(folder)/kept && \(harm)")
            try #require(harmed.succeeded, "\(harmed.errorText)")
            let left = try await store.machines.templates().map(\.digest)
            #expect(!left.contains(template.digest), "taken for whole after \(harm)")
            _ = try await store.inShell("cp -a --sparse=always \(folder)/kept \(base).\(file)")
            let back = try await store.machines.templates().map(\.digest)
            #expect(back.contains(template.digest), "not taken for whole any more")
        }
        // The state's end is missing: the next machine is forked of a new template.
        let harmed = try await store.inShell("truncate -s -100 \(BedStore.pool)/template-\(template.digest).state")
        try #require(harmed.succeeded, "\(harmed.errorText)")
        let log = try await store.create("n1")
        #expect(log.contains("Building the template"))
        #expect(try await store.ssh("n1", "docker info -f '{{.Name}}'") == "n1")
        let rebuilt = try #require(try await store.machines.templates().first { $0.digest == template.digest })
        #expect(rebuilt.created > template.created)

        // With a machine upon it, it cannot be: what stands there would fall.
        let again = try await store.inShell(
            "t=\(BedStore.pool)/template-\(template.digest); cp -a $t.state \(folder)/kept && truncate -s -100 $t.state")
        try #require(again.succeeded)
        let refused = try await store.machine("create", "--memory", "\(BedStore.memoryMiB)", "n2")
        #expect(refused.status == 1)
        #expect(
            refused.errorText.contains("template \(template.digest)") && refused.errorText.contains("n1"), "\(refused.errorText)")
        #expect(refused.errorText.contains("--cold"), "\(refused.errorText)")
        #expect(try await store.volumes().filter { $0.hasPrefix("n2") }.isEmpty)
        _ = try await store.inShell("cp -a \(folder)/kept \(BedStore.pool)/template-\(template.digest).state")
        #expect(try await store.ssh("n1", "docker info -f '{{.Name}}'") == "n1")
        #expect(try await store.machine("rm", "-y", "n1").succeeded)
        try await store.expectNothingLeft()
    }

    /// An image whose kernel finds nothing to run, and says so.
    @Test(.timeLimit(.minutes(3)))
    func aGuestThatStaysSilentIsATimeOutWithItsConsole() async throws {
        let digest = "00000000511e"
        let image = try ImageCache(store: store.machines.store).currentGuestImage()
        let cache = store.folder.url.appending(path: "cache")
        let made = try await store.inShell(
            """
            mkdir -p \(cache.path)/images && cp -r \(image.folder.path) \(cache.path)/images/node-\(digest) \
                && cd \(cache.path)/images/node-\(digest) && sed -i 's,quiet loglevel=4,rdinit=/none,' cmdline
            """)
        try #require(made.succeeded, "\(made.errorText)")
        let environment = ["MACHINE_CACHE_PATH": cache.path, "LIBVIRT_IMAGE": digest]
        let before = try await store.machines.templates().map(\.digest)
        for mode in [["--cold"], []] {
            let silent = try await store.machine(
                ["create"] + mode + ["--timeout", "12", "--memory", "400", "n1"], environment: environment)
            #expect(silent.status == 1)
            #expect(silent.errorText.contains("did not answer within 12 s"), "\(silent.errorText)")
            #expect(silent.errorText.contains("The end of its console:\n[ "), "\(silent.errorText)")
            try await store.expectNothingLeft()
        }
        #expect(try await store.machines.templates().map(\.digest) == before)
        try await expectNoHalfTemplate()
        #expect(try await store.machine(["image", "rm", digest], environment: environment).succeeded)
    }

    @Test(.timeLimit(.minutes(1)))
    func anImageGoesWithItsUnusedTemplates() async throws {
        // An image that is all form: nothing boots from it.
        let folder = store.folder.url.appending(path: "cache/images/node-0123456789ab")
        let made = try await store.inShell(
            """
            mkdir -p \(folder.path) && cd \(folder.path) && qemu-img create -q -f qcow2 disk.qcow2 16M && echo x > vmlinuz \
                && echo x > initrd.img && echo x > cmdline
            """)
        try #require(made.succeeded, "\(made.errorText)")
        let image = try GuestImage(digest: "0123456789ab", folder: folder)
        let cache = ["MACHINE_CACHE_PATH": store.folder.url.appending(path: "cache").path]
        let host = store.machines.host
        let disk = try await host.perform { connection in
            let pool = try DiskPool.ensure(connection)
            let base = try pool.ensureBase(image) { _ in }
            let volumes = try pool.createTemplateVolumes("feedfeedfeed", base: base, memoryMiB: 64, owner: nil)
            return try pool.createDisk(machine: "n1", upon: volumes.disk)
        }
        let refused = try await store.machine("image", "rm", "0123456789ab", environment: cache)
        #expect(refused.status != 0)
        #expect(refused.errorText.contains("in use"), "\(refused.errorText)")
        #expect(FileManager.default.fileExists(atPath: disk))
        #expect(FileManager.default.fileExists(atPath: "\(BedStore.pool)/template-feedfeedfeed.qcow2"))
        try await host.perform { try DiskPool.find($0)?.removeDisk(of: "n1") }
        let removed = try await store.machine("image", "rm", "0123456789ab", environment: cache)
        #expect(removed.succeeded, "\(removed.errorText)")
        let left = try FileManager.default.contentsOfDirectory(atPath: BedStore.pool)
        #expect(!left.contains { $0.contains("feedfeedfeed") || $0.contains("0123456789ab") }, "\(left)")
    }

    @Test(.timeLimit(.minutes(4)))
    func aFullPoolIsSaidBeforeAnythingIsHarmed() async throws {
        let template = try await store.ensureTemplate()
        try await withSmallPool(megabytes: 1300) {
            // The template is there, and its file times with it; a larger one has no room for its memory.
            let large = try await store.machine("create", "--memory", "2048", "n1")
            #expect(large.status == 1)
            #expect(large.errorText.contains("no space for disks: \(BedStore.pool) has"), "\(large.errorText)")
            try await store.expectNothingLeft()
            try await expectNoHalfTemplate()

            let log = try await store.create("n1")
            #expect(log.contains("Forking template \(template.digest)") && !log.contains("Building"))
            _ = try await store.ssh("n1", "echo kept > kept")
            #expect(try await store.inShell("fallocate -l 950M \(BedStore.pool)/base-filler").succeeded)
            let before = try await store.volumes()
            let error = await #expect(throws: MachineError.self) {
                try await store.machines.checkpoint("full", of: ["n1"]) { _ in }
            }
            #expect("\(try #require(error))".contains("no space for disks"))
            #expect(try await store.machine("status", "n1").text == "Running\n")
            #expect(try await store.ssh("n1", "cat kept && docker info -f '{{.Name}}'") == "kept\nn1")
            #expect(try await store.volumes() == before)

            let second = try await store.machine("create", "--memory", "\(BedStore.memoryMiB)", "n2")
            #expect(second.status == 1)
            #expect(second.errorText.contains("no space for disks"), "\(second.errorText)")
            #expect(try await store.volumes() == before)
            #expect(try await store.machine("rm", "-y", "n1").succeeded)
            try await store.expectNothingLeft()
        }
        #expect(try await store.machines.templates().contains { $0.digest == template.digest })
    }

    // MARK: - Parts

    private func files(of template: Template) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: BedStore.pool).filter { $0.contains(template.digest) }
    }

    /// Every file of a template belongs to a whole one, and none runs.
    private func expectNoHalfTemplate(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(
            try await !store.inShell("virsh list --all --name").text.contains("swarmlab-template-"),
            sourceLocation: sourceLocation)
        let whole = try await store.machines.templates().map(\.digest)
        let left = try FileManager.default.contentsOfDirectory(atPath: BedStore.pool).filter { file in
            file.contains("template-") && !whole.contains { file.contains($0) }
        }
        #expect(left == [], sourceLocation: sourceLocation)
    }

    /// Runs the body while the pool, with all that is in it, is on a file system of its own with that much room left.
    private func withSmallPool(megabytes: Int, _ body: () async throws -> Void) async throws {
        let made = try await store.inShell(
            """
            set -e
            pool=\(BedStore.pool)
            virsh -q pool-destroy swarmlab
            mkdir /run/small-pool
            mount -t tmpfs -o mode=711,size=$(($(du -sm $pool | cut -f1) + \(megabytes)))m tmpfs /run/small-pool
            cp -a --sparse=always $pool/. /run/small-pool
            mount --move /run/small-pool $pool
            rmdir /run/small-pool
            """)
        let undo = "virsh -q pool-destroy swarmlab; umount \(BedStore.pool); virsh -q pool-start swarmlab"
        guard made.succeeded else {
            _ = try await store.inShell("umount /run/small-pool; rmdir /run/small-pool")
            Issue.record("\(made.errorText)")
            return
        }
        do { try await body() } catch {
            _ = try await store.machine("rm", "-f", "-y", "n1")
            _ = try await store.inShell(undo)
            throw error
        }
        _ = try await store.inShell(undo)
    }
}
