import Foundation
import Libvirt

/// The bed that `scripts/testbed` makes: a real libvirtd with QEMU in private namespaces. Suites that need it are enabled there
/// only: `scripts/testbed swift test --filter Bed`.
enum Bed {
    static let isHere = ProcessInfo.processInfo.environment["SWARMLAB_BED"] == "1"

    /// A name that no other test uses, short enough for a network device.
    static func uniqueName(_ prefix: String) -> String {
        prefix + String(UInt32.random(in: 0x1000...0xFFFF), radix: 16)
    }

    /// A tiny machine with nothing to boot: its firmware runs and waits.
    static func domainXML(named name: String, agentChannel: Bool = true, devices: String = "") -> String {
        let channel = agentChannel ? "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>" : ""
        return """
            <domain type='qemu'>
              <name>\(XMLText.escape(name))</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
              <os><type arch='x86_64' machine='q35'>hvm</type></os>
              <features><acpi/></features><cpu mode='maximum'/>
              <devices>
                <controller type='pci' model='pcie-root'/>
                <controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/>
                <controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/>
                <memballoon model='none'/>\(channel)\(devices)
              </devices>
            </domain>
            """
    }

    /// Makes a domain, hands it to the body and removes it, whatever happens.
    static func withDomain(xml: (String) -> String, _ body: (Domain) throws -> Void) throws {
        let domain = try Connection().defineDomain(xml: xml(uniqueName("d")))
        defer {
            try? domain.destroy()
            try? domain.undefine()
        }
        try body(domain)
    }

    /// Makes and starts a NAT network 192.168.`subnet`.0/24, hands it to the body and removes it, whatever happens.
    static func withNetwork(subnet: Int, _ body: (Network) throws -> Void) throws {
        let name = uniqueName("net")
        let network = try Connection().defineNetwork(
            xml: """
                <network><name>\(name)</name><forward mode='nat'/><bridge name='\(name)' delay='0'/>
                <ip address='192.168.\(subnet).1' netmask='255.255.255.0'>
                <dhcp><range start='192.168.\(subnet).100' end='192.168.\(subnet).254'/></dhcp></ip></network>
                """)
        defer {
            try? network.destroy()
            try? network.undefine()
        }
        try network.start()
        try body(network)
    }

    /// Makes and starts a storage pool in a directory of its own, hands it to the body and removes it, whatever happens.
    static func withPool<Value>(_ body: (StoragePool) throws -> Value) throws -> Value {
        let name = uniqueName("pool")
        let pool = try Connection().defineStoragePool(
            xml: "<pool type='dir'><name>\(name)</name><target><path>/var/lib/libvirt/\(name)</path></target></pool>")
        defer {
            try? pool.destroy()
            try? pool.delete()
            try? pool.undefine()
        }
        try pool.build()
        try pool.start()
        return try body(pool)
    }
}
