import Foundation
import Libvirt
import Testing

@Suite("Bed: networks with a real dnsmasq", .enabled(if: Bed.isHere))
struct BedNetworkTests {
    @Test("A NAT network comes up with its bridge, and goes down with it")
    func bridge() throws {
        try Bed.withNetwork(subnet: 111) { network in
            #expect(try network.isActive)
            let bridge = try network.bridgeName
            #expect(FileManager.default.fileExists(atPath: "/sys/class/net/\(bridge)"))
            #expect(try network.leases().isEmpty)
            #expect(libvirtError { try network.start() }?.code == .operationInvalid)
            try network.destroy()
            #expect(!FileManager.default.fileExists(atPath: "/sys/class/net/\(bridge)"))
            #expect(try network.isPersistent)
        }
    }

    @Test("A subnet in use is refused")
    func subnetTaken() throws {
        try Bed.withNetwork(subnet: 112) { _ in
            let error = libvirtError { try Bed.withNetwork(subnet: 112) { _ in } }
            #expect(error?.code == .internalError)
            #expect(error?.message.contains("already in use") == true)
        }
    }

    @Test("Reservations come and go, live and in the definition; twice the same is refused")
    func reservations() throws {
        try Bed.withNetwork(subnet: 113) { network in
            let host = "<host mac='52:54:00:00:00:13' name='n1' ip='192.168.113.107'/>"
            let hosts = "/var/lib/libvirt/dnsmasq/\(network.name).hostsfile"
            try network.update(command: .addLast, section: .ipDHCPHost, xml: host, live: true, config: true)
            #expect(try network.xml().contains("52:54:00:00:00:13"))
            #expect(try network.xml(inactive: true).contains("52:54:00:00:00:13"))
            #expect(try String(contentsOfFile: hosts, encoding: .utf8).contains("52:54:00:00:00:13,192.168.113.107,n1"))
            #expect(
                libvirtError { try network.update(command: .addLast, section: .ipDHCPHost, xml: host) }?.code == .operationInvalid
            )

            try network.update(command: .delete, section: .ipDHCPHost, xml: host, live: true, config: true)
            #expect(try !network.xml().contains("52:54:00:00:00:13"))
            #expect(try !network.xml(inactive: true).contains("52:54:00:00:00:13"))
            #expect(
                libvirtError { try network.update(command: .delete, section: .ipDHCPHost, xml: host) }?.code == .operationInvalid)
        }
    }

    @Test("A name added to a network's DNS is there for its guests")
    func names() throws {
        try Bed.withNetwork(subnet: 114) { network in
            let host = "<host ip='192.168.114.107'><hostname>n1</hostname></host>"
            try network.update(command: .addLast, section: .dnsHost, xml: host)
            let hosts = try String(contentsOfFile: "/var/lib/libvirt/dnsmasq/\(network.name).addnhosts", encoding: .utf8)
            #expect(hosts.contains("192.168.114.107\tn1"))
            try network.update(command: .delete, section: .dnsHost, xml: host)
            #expect(try !network.xml().contains("n1</hostname>"))
        }
    }
}
