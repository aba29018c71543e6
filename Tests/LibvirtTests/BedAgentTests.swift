import Libvirt
import Testing

@Suite("Bed: the guest agent that is not there", .enabled(if: Bed.isHere))
struct BedAgentTests {
    let ping = #"{"execute":"guest-ping"}"#

    @Test("While no agent is connected it is unresponsive, at once")
    func unresponsive() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            try domain.start()
            let took = ContinuousClock().measure {
                #expect(libvirtError { _ = try domain.agentCommand(ping, timeout: 30) }?.code == .agentUnresponsive)
            }
            #expect(took < .seconds(5))
            #expect(libvirtError { _ = try domain.interfaceAddresses(source: .agent) }?.code == .agentUnresponsive)
            #expect(libvirtError { try domain.setTime(seconds: 1_700_000_000) }?.code == .agentUnresponsive)
            #expect(libvirtError { try domain.shutdown(.agent) }?.code == .agentUnresponsive)
        }
    }

    @Test("A domain that does not run has no agent to ask: an invalid operation")
    func notRunning() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0) }) { domain in
            #expect(libvirtError { _ = try domain.agentCommand(ping, timeout: 1) }?.code == .operationInvalid)
        }
    }

    @Test("A domain without an agent channel says that it has none")
    func noChannel() throws {
        try Bed.withDomain(xml: { Bed.domainXML(named: $0, agentChannel: false) }) { domain in
            try domain.start()
            #expect(libvirtError { _ = try domain.agentCommand(ping, timeout: 1) }?.code == .argumentUnsupported)
        }
    }
}
