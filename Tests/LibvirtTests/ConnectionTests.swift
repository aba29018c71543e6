import Libvirt
import Testing

@Suite("Connections")
struct ConnectionTests {
    @Test("A connection knows its address and its versions")
    func identity() throws {
        let connection = try Connection(uri: "test:///default")
        #expect(try connection.uri == "test:///default")
        #expect(try !connection.hostname.isEmpty)
        #expect(connection.isAlive)
        #expect(try connection.libvirtVersion >= LibvirtVersion(major: 8, minor: 2, micro: 0))
        #expect(try connection.hypervisorVersion.description.split(separator: ".").count == 3)
    }

    @Test("The host's processors and memory are the ones the driver reports")
    func nodeInfo() throws {
        let info = try Connection(uri: "test:///default").nodeInfo
        // The test driver's host is always this one (libvirt's src/test/test_driver.c).
        #expect(info.model == "i686")
        #expect(info.cores == 16)
        #expect(info.memoryKibibytes == 3_145_728)
    }

    @Test("Capabilities come as XML")
    func capabilities() throws {
        #expect(try Connection(uri: "test:///default").capabilities().contains("<capabilities>"))
    }

    @Test("A missing daemon is an error that says so and names the address")
    func noDaemon() {
        let error = libvirtError { _ = try Connection(uri: "qemu:///system?socket=/nonexistent/socket&mode=legacy") }
        #expect(error?.code == .systemError)
        #expect(error?.description.hasPrefix("cannot connect to libvirt at qemu:///system") == true)
        #expect(error?.message.contains("/nonexistent/socket") == true)
    }

    @Test("An address that no driver knows is an error")
    func unknownDriver() {
        #expect(libvirtError { _ = try Connection(uri: "nonesuch:///system") }?.code != nil)
    }

    @Test("A connection for reading refuses to change things")
    func readOnly() throws {
        let connection = try Connection(uri: "test:///default", readOnly: true)
        #expect(try connection.domain(named: "test") != nil)
        let error = libvirtError { _ = try connection.defineDomain(xml: TestDriver.domainXML(named: "x")) }
        #expect(error?.code == .operationDenied)
    }

    @Test("Objects outlive the variable that held their connection")
    func lifetime() throws {
        let domain = try #require(try TestDriver.connect().domain(named: "made-up"))
        #expect(try domain.isActive)
    }
}
