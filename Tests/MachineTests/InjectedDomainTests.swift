import Foundation
import Testing

@testable import Machine

/// What an injected disk is in a domain's document, and what it makes of a template.
@Suite struct InjectedDomainTests {
    private let base = DiskPool.BaseImage(disk: "/p/base.qcow2", kernel: "/p/k", initrd: "/p/i", commandLine: "root=/dev/vda")
    private let disk = InjectedDisk(digest: "0123456789ab", path: "/p/base-swarmd-0123456789ab.img")

    private func domain(_ injected: InjectedDisk?) -> DomainXML {
        DomainXML(
            name: "n1", uuid: "u", memoryMiB: 512, cpus: 1, hardwareAcceleration: true, base: base, disk: "/p/n1.qcow2",
            injected: injected, network: "swarmlab", mac: "52:54:00:00:00:02", store: "/s")
    }

    @Test func theDiskIsReadOnlyAndSharedAndTheGuestIsToldToWaitForIt() throws {
        let text = domain(disk).text
        #expect(text.contains("<cmdline>root=/dev/vda machine.injected=swarmd-0123456789ab</cmdline>"), "\(text)")
        let device = try #require(text.components(separatedBy: "<disk ").last?.components(separatedBy: "</disk>").first)
        for part in [
            "<source file='/p/base-swarmd-0123456789ab.img'/>", "<target dev='vdb' bus='virtio'/>", "<readonly/>",
            "<shareable/>", "<serial>swarmd-0123456789ab</serial>", "snapshot='no'", "type='raw'",
        ] { #expect(device.contains(part), "no \(part) in \(device)") }
        // The machine's own disk comes first: that is how its layers are found.
        #expect(LibvirtDriver.diskPath(inXML: text) == "/p/n1.qcow2")
    }

    @Test func withoutOneNothingIsToldOfIt() {
        let text = domain(nil).text
        #expect(text.contains("<cmdline>root=/dev/vda</cmdline>"), "\(text)")
        #expect(!text.contains("vdb") && !text.contains("swarmd"))
        #expect(InjectedDisk.attached(inXML: text).isEmpty)
    }

    /// QEMU before 8.0 gets `cmpxchg16b` wrong, and Swift's runtime cannot be without.
    @Test func anEmulatedProcessorHasTheSwapOfSixteenBytesOnlyWhereAProgramNeedsIt() {
        for (injected, isThere) in [(nil, false), (disk, true)] as [(InjectedDisk?, Bool)] {
            var domain = domain(injected)
            domain.hardwareAcceleration = false
            #expect(domain.text.contains("<cpu mode='maximum'"))
            #expect(domain.text.contains("<feature policy='disable' name='cx16'/>") == !isThere)
        }
    }

    @Test func theDisksThatAMachineHasAreFoundInItsDocument() throws {
        let odd = InjectedDisk(digest: "ffffffffffff", path: "/p/it's <here> & there.img")
        // As libvirt writes it, with a second one that was attached later.
        let text = domain(disk).text.replacingOccurrences(
            of: "<serial>swarmd-0123456789ab</serial>",
            with: "<serial>swarmd-0123456789ab</serial>\n<alias name='virtio-disk1'/>"
        ).replacingOccurrences(of: "</devices>", with: odd.device(target: "vdc") + "\n</devices>")
        let found = InjectedDisk.attached(inXML: text)
        #expect(found.map(\.serial) == ["swarmd-0123456789ab", "swarmd-ffffffffffff"])
        #expect(found.map(\.path) == [disk.path, odd.path])
        #expect(found.map(\.target) == ["vdb", "vdc"])
    }

    @Test func eachOrchestratorHasATemplateOfItsOwn() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("disk.qcow2", ""), ("vmlinuz", ""), ("initrd.img", ""), ("cmdline", "root=/dev/vda")] {
            try Data(text.utf8).write(to: folder.url.appending(path: name))
        }
        let image = try GuestImage(digest: "0123456789ab", folder: folder.url)
        func recipe(_ injected: InjectedDisk?) -> TemplateRecipe {
            TemplateRecipe(
                image: image, base: base, memoryMiB: 512, cpus: 1, hardwareAcceleration: false, injected: injected,
                hypervisor: "q", mayShareMemory: true)
        }
        let other = InjectedDisk(digest: "ba9876543210", path: "/p/base-swarmd-ba9876543210.img")
        let digests = [recipe(nil), recipe(disk), recipe(other)].map(\.digest)
        #expect(Set(digests).count == 3)
        #expect(recipe(disk).digest == digests[1])
    }

    @Test func aMachineOfAProgramThatKnewTheEngineOnlyIsRead() throws {
        let old = #"{"IPAddress":"","MachineName":"n1","SSHUser":"docker","SSHPort":22,"SSHKeyPath":"","StorePath":""}"#
        let read = try JSONDecoder().decode(DriverConfiguration.self, from: Data(old.utf8))
        #expect(read.orchestrator == nil && read.injected == nil)
        var new = read
        new.orchestrator = .swarmd
        new.injected = "0123456789ab"
        let text = String(decoding: try JSONEncoder().encode(new), as: UTF8.self)
        #expect(text.contains(#""Orchestrator":"swarmd""#) && text.contains(#""Injected":"0123456789ab""#), "\(text)")
        #expect(try JSONDecoder().decode(DriverConfiguration.self, from: Data(text.utf8)) == new)
    }
}
