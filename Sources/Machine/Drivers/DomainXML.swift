import Foundation
import Libvirt

/// The libvirt domain of one machine (libvirt's domain XML format).
struct DomainXML: Sendable {
    /// Namespace of the metadata element that says whose a domain is.
    static let namespace = "urn:swarmlab:machine:1"

    var name: String
    var uuid: String
    var memoryMiB: Int
    var cpus: Int
    var hardwareAcceleration: Bool
    var base: DiskPool.BaseImage
    var disk: String
    /// The disk with what the host puts into the guest.
    var injected: InjectedDisk?
    /// The libvirt network the card is in; nil leaves the card by itself.
    var network: String?
    var mac: String
    /// The store the machine belongs to.
    var store: String
    /// Where the host keeps what the guest writes to its console.
    var consoleLog: String?
    /// Where the guest's memory is; nil leaves that to QEMU.
    var memory: MemoryFile?
    /// Whether QEMU waits for a stream with a guest's state instead of booting.
    var waitsForState = false
    /// Whether the network card has its cable in.
    var isConnected = true

    /// A file that is the guest's memory.
    struct MemoryFile: Sendable {
        var path: String
        /// Whether the guest writes into the file; else it has copies of the pages that it writes to.
        var isWritten: Bool
    }

    /// Everything QEMU can emulate but cmpxchg16b: QEMU before 8.0 leaves other flags than ZF undefined after it, and
    /// one guest kernel in ten crashed.
    ///
    /// Swift's runtime swaps 16 bytes at a time and knows no other way, so a machine with swarmd has the instruction. The kernel's
    /// command line keeps the kernel off it; what is left is a program that does so a few thousand times a second, not the kernel's
    /// every allocation, and an interrupt would have to hit the next instruction after a swap that was tried again.
    private var emulatedProcessor: String {
        injected == nil ? "<cpu mode='maximum'><feature policy='disable' name='cx16'/></cpu>" : "<cpu mode='maximum'/>"
    }

    /// The kernel measures an emulated TSC against a timer while it boots; on a busy host it got that wrong by a factor of
    /// more than two, and certificates then were not valid yet. HPET has a fixed frequency and costs no more.
    private static let emulatedClock = " tsc=unstable clocksource=hpet"

    /// QEMU's buffer for translated code, mebibytes per machine. QEMU's own 1 GiB fills in time, and is then most of what an emulated
    /// machine costs the host; where it is too small, code is translated again and again (docs/figures.md has the figures).
    private static let translationMiB: Int = {
        let wanted = ProcessInfo.processInfo.environment["SWARMLAB_TRANSLATION_MIB"].flatMap(Int.init)
        return wanted.map { min(max($0, 16), 1024) } ?? 256
    }()

    var text: String {
        """
        <domain type='\(hardwareAcceleration ? "kvm" : "qemu")' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
          <name>\(XMLText.escape(name))</name>
          <uuid>\(uuid)</uuid>
          <metadata>
            <machine:machine xmlns:machine='\(Self.namespace)' store='\(XMLText.escape(store))'/>
          </metadata>
          <memory unit='MiB'>\(memoryMiB)</memory>
          <vcpu>\(cpus)</vcpu>
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>
            <kernel>\(XMLText.escape(base.kernel))</kernel>
            <initrd>\(XMLText.escape(base.initrd))</initrd>
            <cmdline>\(XMLText.escape(kernelCommandLine))</cmdline>
          </os>
          <features><acpi/><apic/>\(hardwareAcceleration ? "" : Self.translation)</features>
          \(hardwareAcceleration ? "<cpu mode='host-passthrough'/>" : emulatedProcessor)
          <clock offset='utc'/>
          <on_poweroff>destroy</on_poweroff>
          <on_reboot>restart</on_reboot>
          <on_crash>destroy</on_crash>
          <devices>
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2' discard='unmap'/>
              <source file='\(XMLText.escape(disk))'/>
              <target dev='vda' bus='virtio'/>
            </disk>\(injected.map { "\n    " + $0.device(target: "vdb") } ?? "")
            \(interface)
            <serial type='pty'>
              \(consoleLog.map { "<log file='\(XMLText.escape($0))' append='off'/>" } ?? "")
              <target port='0'/>
            </serial>
            <console type='pty'/>
            <channel type='unix'>
              <target type='virtio' name='org.qemu.guest_agent.0'/>
            </channel>
            <memballoon model='virtio'/>
            <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
          </devices>\(commandLine)
        </domain>
        """
    }

    /// The guest waits for an injected disk while it boots, so it is told which.
    private var kernelCommandLine: String {
        base.commandLine + (hardwareAcceleration ? "" : Self.emulatedClock)
            + (injected.map { " machine.injected=\($0.serial)" } ?? "")
    }

    private static let translation = "<tcg><tb-cache unit='MiB'>\(translationMiB)</tb-cache></tcg>"

    /// The network card.
    var interface: String {
        """
        <interface type='\(network == nil ? "ethernet" : "network")'>
              <mac address='\(mac)'/>
              \(network.map { "<source network='\(XMLText.escape($0))'/>" } ?? "")
              <model type='virtio'/>
              <link state='\(isConnected ? "up" : "down")'/>
            </interface>
        """
    }

    /// What libvirt has no words for.
    private var commandLine: String {
        var words: [String] = []
        if let memory {
            // A comma in a value is written twice.
            let path = memory.path.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
            words += [
                "-object",
                "memory-backend-file,id=ram0,size=\(memoryMiB)M,mem-path=\(path),share=\(memory.isWritten ? "on" : "off")",
                "-machine", "memory-backend=ram0",
            ]
        }
        if waitsForState { words += ["-incoming", "defer"] }
        guard !words.isEmpty else { return "" }
        let arguments = words.map { "<qemu:arg value='\(XMLText.escape($0))'/>" }.joined()
        return "\n  <qemu:commandline>\(arguments)</qemu:commandline>"
    }

    /// A domain that only shows whether a kernel runs under hardware acceleration: it powers itself off at once.
    static func accelerationCheck(name: String, uuid: String, base: DiskPool.BaseImage) -> String {
        """
        <domain type='kvm'>
          <name>\(name)</name>
          <uuid>\(uuid)</uuid>
          <memory unit='MiB'>256</memory>
          <vcpu>1</vcpu>
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>
            <kernel>\(XMLText.escape(base.kernel))</kernel>
            <initrd>\(XMLText.escape(base.initrd))</initrd>
            <cmdline>\(XMLText.escape(base.commandLine)) machine.probe</cmdline>
          </os>
          <features><acpi/><apic/></features>
          <cpu mode='host-passthrough'/>
          <on_poweroff>destroy</on_poweroff>
          <on_crash>destroy</on_crash>
          <devices><memballoon model='none'/></devices>
        </domain>
        """
    }
}
