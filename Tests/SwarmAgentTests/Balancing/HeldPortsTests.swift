import Glibc
import Logging
import Testing

@testable import SwarmAgent

/// Published ports as other programs of the node see them; here on the loopback interface only.
struct HeldPortsTests {
    /// 127.77.0.1, in network byte order.
    private let address: UInt32 = 0x0100_4d7f
    private let logger = Logger(label: "ports") { _ in SwiftLogNoOpLogHandler() }

    /// Another program's socket, which listens.
    private func listener(_ port: UInt16, _ kind: __socket_type = SOCK_STREAM) -> Int32? {
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        var one: Int32 = 1
        if kind == SOCK_STREAM { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size)) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if bound == 0 && (kind == SOCK_DGRAM || listen(descriptor, 1) == 0) { return descriptor }
        close(descriptor)
        return nil
    }

    @Test func noOtherProgramGetsAPublishedPort() throws {
        let (tcp, udp) = (PublishedPort(transport: .tcp, number: 20_081), PublishedPort(transport: .udp, number: 20_081))
        var held = HeldPorts(address: address, logger: logger)
        held.hold([tcp, udp])
        #expect(held.withheld.isEmpty)
        #expect(listener(20_081) == nil)
        #expect(listener(20_081, SOCK_DGRAM) == nil)

        held.release(allBut: [tcp])
        #expect(listener(20_081) == nil)
        let other = try #require(listener(20_081, SOCK_DGRAM))
        close(other)

        held.release(allBut: [])
        let another = try #require(listener(20_081))
        close(another)
    }

    @Test func aPortThatAnotherProgramHasIsItsOwnUntilItGoes() throws {
        let port = PublishedPort(transport: .tcp, number: 20_082)
        let other = try #require(listener(20_082))
        var held = HeldPorts(address: address, logger: logger)
        held.hold([port])
        #expect(held.withheld == [port])
        held.hold([port])
        #expect(held.withheld == [port])

        close(other)
        held.hold([port])
        #expect(held.withheld.isEmpty)
        #expect(listener(20_082) == nil)
    }

    @Test func aPortThatIsNotPublishedAnyMoreIsNotWithheld() throws {
        let port = PublishedPort(transport: .udp, number: 20_083)
        let other = try #require(listener(20_083, SOCK_DGRAM))
        defer { close(other) }
        var held = HeldPorts(address: address, logger: logger)
        held.hold([port])
        #expect(held.withheld == [port])
        held.release(allBut: [])
        #expect(held.withheld.isEmpty)
    }
}
