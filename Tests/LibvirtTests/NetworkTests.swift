import Libvirt
import Testing

@Suite("Networks")
struct NetworkTests {
    static let xml = """
        <network><name>lab</name><forward mode='nat'/><bridge name='virbr99'/>\
        <ip address='192.168.99.1' netmask='255.255.255.0'><dhcp><range start='192.168.99.100' end='192.168.99.254'/></dhcp></ip></network>
        """

    @Test("A network is found by name; an unknown one is nil, not an error")
    func lookup() throws {
        let connection = try TestDriver.connect()
        #expect(try connection.network(named: "made-up-net")?.bridgeName == "virbr7")
        #expect(try connection.network(named: "nowhere") == nil)
        #expect(try connection.networks().map(\.name) == ["made-up-net"])
    }

    @Test("Defined, started, stopped, removed: the state follows")
    func lifecycle() throws {
        let connection = try TestDriver.connect()
        let network = try connection.defineNetwork(xml: Self.xml)
        #expect(try network.isPersistent)
        #expect(try !network.isActive)
        try network.start()
        #expect(try network.isActive)
        try network.setAutostart(true)
        #expect(try network.autostart)
        #expect(try network.xml().contains("192.168.99.254"))
        try network.destroy()
        try network.undefine()
        #expect(try connection.network(named: "lab") == nil)
    }

    @Test("A DHCP reservation is added and removed")
    func reservation() throws {
        let network = try TestDriver.connect().defineNetwork(xml: Self.xml)
        try network.start()
        let host = "<host mac='52:54:00:00:00:07' ip='192.168.99.107'/>"
        try network.update(command: .addLast, section: .ipDHCPHost, xml: host, live: true, config: true)
        #expect(try network.xml().contains("52:54:00:00:00:07"))
        try network.update(command: .delete, section: .ipDHCPHost, xml: host, live: true, config: true)
        #expect(try !network.xml().contains("52:54:00:00:00:07"))
    }

    @Test("A network removed behind our back is an unknown network from then on")
    func removedElsewhere() throws {
        let connection = try TestDriver.connect()
        let network = try connection.defineNetwork(xml: Self.xml)
        try connection.network(named: "lab")?.undefine()
        #expect(libvirtError { try network.start() }?.code == .noNetwork)
    }
}
