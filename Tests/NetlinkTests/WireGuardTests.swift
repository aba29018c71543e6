import Testing

@testable import Netlink

/// WireGuard's messages. The kernels that tests run on need not have it.
struct WireGuardTests {
    private func key(_ byte: UInt8) throws -> WireGuardKey {
        try #require(WireGuardKey(bytes: [UInt8](repeating: byte, count: 32)))
    }

    private func device(_ settings: WireGuardSettings) throws -> WireGuardDevice {
        try #require(WireGuardDevice(settings.messages(for: "wg0").map { Attributes($0.bytes[...]) }))
    }

    @Test func whatIsAskedForIsReadBackTheSame() throws {
        let peers = [
            WireGuardPeer(
                publicKey: try key(1),
                endpoint: WireGuardPeer.Endpoint(try #require(IPAddress("10.77.0.2")), port: 51820),
                allowed: [try #require(IPPrefix("10.0.1.0/24")), try #require(IPPrefix("fd00::7/128"))]),
            WireGuardPeer(publicKey: try key(2), endpoint: WireGuardPeer.Endpoint(try #require(IPAddress("fd00::2")), port: 7)),
        ]
        let device = try device(WireGuardSettings(privateKey: try key(7), listenPort: 51820, peers: peers))
        #expect(device.name == "wg0" && device.listenPort == 51820)
        #expect(device.peers == peers)
    }

    /// The kernel's own layout, byte by byte.
    @Test func aPeerIsWrittenAsTheKernelReadsIt() throws {
        let peer = WireGuardPeer(publicKey: try key(1), allowed: [try #require(IPPrefix("10.0.1.0/24"))])
        let bytes = WireGuardSettings(peers: [peer]).messages(for: "wg0")[0].bytes
        let expected: [UInt8] =
            [8, 0, 2, 0] + Array("wg0\0".utf8) + [84, 0, 8, 0x80] + [80, 0, 0, 0x80] + [36, 0, 1, 0]
            + [UInt8](repeating: 1, count: 32)
            + [8, 0, 3, 0, 2, 0, 0, 0] + [32, 0, 9, 0x80, 28, 0, 0, 0x80]
            + [6, 0, 1, 0, 2, 0, 0, 0] + [8, 0, 2, 0, 10, 0, 1, 0] + [5, 0, 3, 0, 24, 0, 0, 0]
        #expect(bytes == expected)
    }

    @Test func manyPeersGoIntoSeveralMessagesOfWhichTheFirstHasTheKey() throws {
        let address = IPPrefix(IPAddress(ipv4: 0x0A00_0001))
        let peers = try (0..<1000).map { number in
            WireGuardPeer(
                publicKey: try #require(
                    WireGuardKey(bytes: [UInt8(number / 256), UInt8(number % 256)] + [UInt8](repeating: 1, count: 30))),
                allowed: [address])
        }
        let settings = WireGuardSettings(privateKey: try key(7), peers: peers)
        let messages = settings.messages(for: "wg0")
        #expect(messages.count > 1 && messages.allSatisfy { $0.bytes.count < 60_000 })
        #expect(messages.map { Attributes($0.bytes[...])[3] != nil } == [true] + messages.dropFirst().map { _ in false })
        #expect(try device(settings).peers == peers)
    }

    /// The kernel tells of a peer with many addresses in several messages.
    @Test func aPeerThatIsToldInPartsIsOne() throws {
        let parts = try ["10.0.1.0/24", "10.0.2.0/24"].map { text in
            let peer = WireGuardPeer(publicKey: try key(1), allowed: [try #require(IPPrefix(text))])
            return Attributes(WireGuardSettings(peers: [peer]).messages(for: "wg0")[0].bytes[...])
        }
        #expect(
            try #require(WireGuardDevice(parts)).peers.map { $0.allowed.map(\.description) } == [["10.0.1.0/24", "10.0.2.0/24"]])
    }

    @Test func aPeerThatGoesIsOnlyNamed() throws {
        let peer = WireGuardPeer(publicKey: try key(1), allowed: [IPPrefix(IPAddress(ipv4: 1))], isRemoved: true)
        let list = WireGuardSettings(peers: [peer]).messages(for: "wg0")[0]
        let written = try #require(Attributes(list.bytes[...]).nested(8)?.nested(0))
        #expect(written.map(\.type) == [1, 3] && written.number(3, as: UInt32.self) == 1)
    }

    @Test func keysHaveThirtyTwoBytes() {
        #expect(WireGuardKey(bytes: [1, 2, 3]) == nil)
        #expect(WireGuardKey(bytes: [UInt8](repeating: 0, count: 33)) == nil)
    }
}
