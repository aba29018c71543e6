import Foundation
import Libvirt
import Testing

@Suite("Bed: domains of QEMU's", .enabled(if: Bed.isHere))
struct BedDomainTests {
    @Test("Start, pause, resume, stop: the state follows, and a second start is an invalid operation")
    func lifecycle() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            #expect(try domain.state().state == .shutOff)
            try domain.start(paused: true)
            #expect(try domain.state().state == .paused)
            try domain.resume()
            #expect(try domain.state().state == .running)
            #expect(try domain.id != nil)
            let error = libvirtError { try domain.start() }
            #expect(error?.code == .operationInvalid)
            #expect(error?.operation == "start domain \(domain.name)")
            try domain.reset()
            try domain.destroy(graceful: true)
            #expect(try domain.state().wasDestroyed)
            #expect(try domain.id == nil)
        }
    }

    @Test("A domain starts in a few seconds: libvirt does not probe QEMU again each time")
    func quickStart() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            try domain.start()
            try domain.destroy()
            let took = try ContinuousClock().measure { try domain.start() }
            #expect(took < .seconds(10))
        }
    }

    @Test("An undefined domain is an unknown domain from then on")
    func removed() throws {
        let connection = try Connection()
        let domain = try connection.defineDomain(xml: Bed.domainXML(named: Bed.uniqueName("d")))
        try domain.undefine()
        #expect(try connection.domain(named: domain.name) == nil)
        #expect(libvirtError { try domain.start() }?.code == .noDomain)
    }

    @Test("A name that is taken is refused")
    func nameTaken() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            // The same document again would redefine it; with a UUID of its own it is another domain.
            let other = Bed.domainXML(named: domain.name).replacingOccurrences(
                of: "<memory", with: "<uuid>\(UUID())</uuid><memory")
            let error = libvirtError { _ = try Connection().defineDomain(xml: other) }
            #expect(error?.code == .operationFailed)
            #expect(error?.message.contains("already exists with uuid \(domain.uuid)") == true)
        }
    }

    @Test("Saved memory survives the stop, and the next start continues there")
    func managedSave() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            try domain.start()
            try domain.managedSave()
            #expect(try domain.state().wasSaved)
            #expect(try domain.hasManagedSave)
            try domain.start()
            #expect(try !domain.hasManagedSave)
            #expect(try domain.state().state == .running)
        }
    }

    @Test("Monitor commands are answered, QEMU's refusals included, and files reach QEMU")
    func monitor() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            try domain.start()
            #expect(try domain.monitorCommand(#"{"execute":"query-status"}"#).contains(#""status":"running""#))
            #expect(try domain.monitorCommand(#"{"execute":"nonesuch"}"#).contains("CommandNotFound"))
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/etc/hosts"))
            let getfd = #"{"execute":"getfd","arguments":{"fdname":"hosts"}}"#
            #expect(try domain.monitorCommand(getfd, files: [file.fileDescriptor]).contains(#""return":{}"#))
            #expect(try domain.monitorCommand(getfd).contains("No file descriptor supplied"))
        }
    }

    @Test("A network card is plugged into a running domain, and is in its definition where asked")
    func hotPlug() throws {
        try Bed.withNetwork(subnet: 121) { network in
            try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
                try domain.start()
                let card = """
                    <interface type='network'><mac address='52:54:00:00:00:21'/><source network='\(network.name)'/>\
                    <model type='virtio'/></interface>
                    """
                try domain.attachDevice(xml: card, live: true, config: false)
                #expect(try domain.xml().contains("52:54:00:00:00:21"))
                #expect(try !domain.xml(inactive: true).contains("52:54:00:00:00:21"))
                try domain.attachDevice(xml: card, live: false, config: true)
                #expect(try domain.xml(inactive: true).contains("52:54:00:00:00:21"))
                try domain.detachDevice(xml: card, live: false, config: true)
                #expect(try !domain.xml(inactive: true).contains("52:54:00:00:00:21"))
                #expect(try domain.interfaceAddresses(source: .lease).isEmpty)
            }
        }
    }

    @Test("A device that the domain does not have cannot be removed")
    func noSuchDevice() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            let card = "<interface type='user'><mac address='52:54:00:00:00:99'/></interface>"
            #expect(libvirtError { try domain.detachDevice(xml: card, live: false, config: true) }?.code == .deviceMissing)
        }
    }
}
