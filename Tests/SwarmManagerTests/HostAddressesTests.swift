import DockerAPI
import Testing

@testable import SwarmNode
@testable import SwarmRPC

/// Which address a node is reached by.
@Suite struct HostAddressesTests {
    private let one = HostAddresses([.init(interface: "eth0", address: "192.168.99.101")])
    private let two = HostAddresses([
        .init(interface: "eth0", address: "192.168.99.101"), .init(interface: "docker0", address: "172.17.0.1"),
        .init(interface: "eth1", address: "10.0.0.1"),
    ])

    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? APIError)?.message
        }
    }

    @Test func addressesAndInterfacesAreTakenWithAndWithoutPort() throws {
        #expect(try one.listen("0.0.0.0:2377") == Endpoint(host: "0.0.0.0", port: 2377))
        #expect(try one.listen("eth0") == Endpoint(host: "192.168.99.101", port: 2377))
        #expect(
            try one.advertise("eth0:4000", listen: Endpoint(host: "0.0.0.0", port: 2377)).description == "192.168.99.101:4000")
        #expect(try one.advertise("[fd00::1]:4000", listen: Endpoint(host: "::", port: 2377)).description == "[fd00::1]:4000")
        #expect(try one.dataPath("", advertise: Endpoint(host: "10.1.1.1", port: 1)) == "10.1.1.1")
    }

    @Test func oneAddressNeedNotBeNamed() throws {
        #expect(try one.advertise("", listen: Endpoint(host: "0.0.0.0", port: 2377)).host == "192.168.99.101")
        #expect(try two.advertise("", listen: Endpoint(host: "10.0.0.1", port: 2377)).host == "10.0.0.1")
    }

    @Test func ofSeveralOneMustBeNamed() {
        #expect(
            refusal { _ = try two.advertise("", listen: Endpoint(host: "0.0.0.0", port: 2377)) }
                == """
                could not choose an IP address to advertise since this system has multiple addresses on different interfaces \
                (192.168.99.101 on eth0 and 10.0.0.1 on eth1)
                """)
    }

    @Test func whatIsNoAddressIsRefused() {
        #expect(refusal { _ = try one.listen("") } == "invalid ListenAddr \"\": invalid empty address")
        for text in ["eth9", "300.1.1.1", "1.2.3.4:99999", "a b", "[::1", "1.2.3.4:"] {
            #expect(refusal { _ = try one.listen(text) }?.hasPrefix("listen address must be an IP address") == true, "\(text)")
        }
        for text in ["0.0.0.0", "::", "eth9:1"] {
            #expect(
                refusal { _ = try one.advertise(text, listen: Endpoint(host: "0.0.0.0", port: 2377)) }?
                    .hasPrefix("advertise address must be a non-zero IP address") == true, "\(text)")
        }
        #expect(
            refusal { _ = try one.dataPath("eth0:1", advertise: Endpoint(host: "10.1.1.1", port: 1)) }?
                .hasPrefix("data path address must be a non-zero IP address") == true)
    }
}
