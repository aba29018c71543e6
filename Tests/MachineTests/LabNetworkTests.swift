import Testing

@testable import Machine

@Suite struct LabNetworkTests {
    @Test func readsTheReservationsOfANetwork() {
        let xml = """
            <network><name>swarmlab</name>
              <ip address='192.168.99.1' netmask='255.255.255.0'>
                <dhcp>
                  <range start='192.168.99.100' end='192.168.99.254'/>
                  <host mac='52:54:00:a8:63:64' name='n1' ip='192.168.99.100'/>
                  <host mac='52:54:00:a8:63:65' name='n2' ip='192.168.99.101'/>
                </dhcp>
              </ip>
            </network>
            """
        #expect(LabNetwork.subnet(inXML: xml)?.description == "192.168.99.1/24")
        #expect(LabNetwork.reservations(inXML: xml).map(\.name) == ["n1", "n2"])
        #expect(LabNetwork.reservations(inXML: xml).last?.address == "192.168.99.101")
    }

    @Test func aNetworkWithoutDHCPIsNoPlaceForMachines() {
        #expect(LabNetwork.subnet(inXML: "<network><ip address='10.0.0.1' prefix='24'/></network>") == nil)
        #expect(LabNetwork.subnet(inXML: "<network/>") == nil)
        #expect(LabNetwork.subnet(inXML: "not xml") == nil)
    }

    @Test func whatItWritesItReadsBack() throws {
        let subnet = try IPv4Subnet("10.7.3.1/20")
        #expect(LabNetwork.subnet(inXML: LabNetwork.xml(name: "a&b", subnet: subnet)) == subnet)
    }

    @Test func aTakenSubnetIsPassedOver() throws {
        #expect(LabNetwork.firstFree(besides: [])?.description == "192.168.99.1/24")
        let taken = try [IPv4Subnet("192.168.99.7/24"), IPv4Subnet("192.168.98.129/25")]
        #expect(LabNetwork.firstFree(besides: taken)?.description == "192.168.97.1/24")
        #expect(try LabNetwork.firstFree(besides: [IPv4Subnet("192.168.1.1/16")]) == nil)
    }

    @Test func anAddressAlwaysHasTheSameHardwareAddress() throws {
        let first = try #require(IPv4Subnet.number("192.168.99.100"))
        #expect(LabNetwork.mac(for: first) == "52:54:00:a8:63:64")
        #expect(LabNetwork.mac(for: first + 1) != LabNetwork.mac(for: first))
    }

    @Test(arguments: ["192.168.99.0/24", "192.168.99.255/24", "192.168.99.1", "192.168.99.1/33", "x/24", "1.2.3.4/8", ""])
    func refusesWhatIsNoHostInASubnet(_ text: String) {
        #expect(throws: IPv4Subnet.Problem.self) { try IPv4Subnet(text) }
    }
}
