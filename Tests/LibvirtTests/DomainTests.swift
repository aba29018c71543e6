import Libvirt
import Testing

@Suite("Domains")
struct DomainTests {
    @Test("A domain is found by name and by UUID; an unknown one is nil, not an error")
    func lookup() throws {
        let connection = try TestDriver.connect()
        let domain = try #require(try connection.domain(named: "made-up"))
        #expect(domain.uuid == "6695eb01-f6a4-8304-79aa-97f2502e193f")
        #expect(try connection.domain(uuid: domain.uuid)?.name == "made-up")
        #expect(try connection.domains().map(\.name) == ["made-up"])
        #expect(try connection.domain(named: "nobody") == nil)
        #expect(try connection.domain(uuid: "00000000-0000-0000-0000-000000000001") == nil)
    }

    @Test("A UUID that is none is an error, not an unknown domain")
    func badUUID() throws {
        let connection = try TestDriver.connect()
        #expect(libvirtError { _ = try connection.domain(uuid: "no uuid") }?.code == .invalidArgument)
    }

    @Test("Defined, started, paused, resumed, stopped, removed: the state follows")
    func lifecycle() throws {
        let connection = try TestDriver.connect()
        let domain = try connection.defineDomain(xml: TestDriver.domainXML(named: "n1"))
        #expect(domain.name == "n1")
        #expect(try domain.isPersistent)
        #expect(try !domain.isActive)
        #expect(try domain.id == nil)
        #expect(try domain.state().state == .shutOff)

        try domain.start()
        #expect(try domain.state().state == .running)
        #expect(try domain.id != nil)
        try domain.suspend()
        #expect(try domain.state().state == .paused)
        try domain.resume()
        #expect(try domain.state().state == .running)

        try domain.shutdown()
        #expect(try domain.state().state == .shutOff)
        #expect(try domain.state().wasShutDownByGuest)
        try domain.start()
        try domain.destroy()
        #expect(try domain.state().wasDestroyed)
        #expect(try !domain.state().wasShutDownByGuest)

        try domain.undefine([.managedSave])
        #expect(try connection.domain(named: "n1") == nil)
    }

    @Test("A transient domain is gone when it stops")
    func transient() throws {
        let connection = try TestDriver.connect()
        let domain = try connection.createDomain(xml: TestDriver.domainXML(named: "passing"))
        #expect(try domain.isActive)
        #expect(try !domain.isPersistent)
        try domain.destroy()
        #expect(try connection.domain(named: "passing") == nil)
        #expect(libvirtError { _ = try domain.state() }?.code == .noDomain)
    }

    @Test("Stopping what does not run is an invalid operation, and the error names it")
    func invalidOperation() throws {
        let domain = try #require(try TestDriver.connect().domain(named: "made-up"))
        try domain.destroy()
        let error = libvirtError { try domain.destroy() }
        #expect(error?.code == .operationInvalid)
        #expect(error?.description == "cannot stop domain made-up: Requested operation is not valid: domain is not running")
    }

    @Test("XML that does not parse is an XML error; one without a name says what was to be defined")
    func badXML() throws {
        let connection = try TestDriver.connect()
        #expect(libvirtError { _ = try connection.defineDomain(xml: "<domain") }?.code == .xmlDetail)
        let error = libvirtError { _ = try connection.defineDomain(xml: "<domain type='test'></domain>") }
        #expect(error?.operation == "define a domain")
    }

    @Test("A name with markup in it arrives as it was typed, and cannot add elements")
    func escapedName() throws {
        let connection = try TestDriver.connect()
        let name = "a<b>&'\"c<memory>1"
        let domain = try connection.defineDomain(xml: TestDriver.domainXML(named: name))
        #expect(domain.name == name)
        #expect(try connection.domain(named: name) != nil)
    }

    @Test("Metadata is kept under its namespace, and is nil where there is none")
    func metadata() throws {
        let domain = try TestDriver.connect().defineDomain(xml: TestDriver.domainXML(named: "n1"))
        let namespace = "urn:example:test"
        #expect(try domain.metadata(namespace: namespace) == nil)
        try domain.setMetadata("<machine store='/s'/>", prefix: "t", namespace: namespace)
        #expect(try domain.metadata(namespace: namespace)?.contains("store=\"/s\"") == true)
        #expect(try domain.metadata(namespace: "urn:example:other") == nil)
        try domain.setMetadata(nil, prefix: "t", namespace: namespace)
        #expect(try domain.metadata(namespace: namespace) == nil)
    }

    @Test("Autostart is what it was set to")
    func autostart() throws {
        let domain = try TestDriver.connect().defineDomain(xml: TestDriver.domainXML(named: "n1"))
        #expect(try !domain.autostart)
        try domain.setAutostart(true)
        #expect(try domain.autostart)
    }

    @Test("Saved memory is there after a managed save, and gone after the next start")
    func managedSave() throws {
        let domain = try TestDriver.connect().defineDomain(xml: TestDriver.domainXML(named: "n1"))
        try domain.start()
        #expect(try !domain.hasManagedSave)
        try domain.managedSave()
        #expect(try domain.hasManagedSave)
        #expect(try domain.state().wasSaved)
        try domain.removeManagedSave()
        #expect(try !domain.hasManagedSave)
    }

    @Test("What a driver cannot do is an error of its own")
    func unsupported() throws {
        let domain = try #require(try TestDriver.connect().domain(named: "made-up"))
        #expect(libvirtError { _ = try domain.monitorCommand("{}") }?.code == .noSupport)
        #expect(libvirtError { _ = try domain.agentCommand("{}", timeout: 1) }?.code == .noSupport)
    }
}
