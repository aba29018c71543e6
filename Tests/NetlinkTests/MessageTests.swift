import CNetlink
import SeededRandom
import Testing

@testable import Netlink

/// Messages as bytes: what goes over the wire, and what comes, well formed or not.
struct MessageTests {
    private let mac = MACAddress(bytes: [2, 0x42, 10, 0, 1, 4])

    /// As `bridge fdb replace 02:42:0a:00:01:04 dev <5> dst 10.77.0.2 self permanent` sends it.
    @Test func aRequestIsWrittenAsTheKernelReadsIt() throws {
        let entry = ForwardingEntry(link: 5, mac: try #require(mac), table: .tunnel(IPAddress("10.77.0.2")))
        let bytes = entry.request(28, flags: NLM_F_CREATE | NLM_F_REPLACE).bytes(sequence: 9)
        #expect(
            bytes == [
                48, 0, 0, 0, 28, 0, 0x05, 0x05, 9, 0, 0, 0, 0, 0, 0, 0,
                7, 0, 0, 0, 5, 0, 0, 0, 0x80, 0, 2, 0,
                10, 0, 2, 0, 2, 0x42, 10, 0, 1, 4, 0, 0,
                8, 0, 1, 0, 10, 77, 0, 2,
            ])
    }

    @Test func whatIsWrittenIsReadBackTheSame() throws {
        let mac = try #require(mac)
        func message(_ request: NetlinkRequest) throws -> NetlinkMessage {
            try #require(NetlinkMessage.all(in: request.bytes(sequence: 1)[...]).first)
        }
        for text in ["10.0.1.4/24", "10.0.1.9/32", "fd00::1/64"] {
            let address = InterfaceAddress(link: 3, prefix: try #require(IPPrefix(text)))
            #expect(InterfaceAddress(try message(address.request(20))) == address)
        }
        let neighbour = Neighbour(link: 3, address: IPAddress(ipv4: 0x0A00_0107), mac: mac)
        #expect(Neighbour(try message(neighbour.request(28))) == neighbour)
        for table in [ForwardingEntry.Table.bridge, .tunnel(IPAddress("10.77.0.2")), .tunnel(IPAddress("fd00::2"))] {
            let entry = ForwardingEntry(link: 3, mac: mac, table: table)
            #expect(ForwardingEntry(try message(entry.request(28))) == entry)
        }
    }

    @Test func aRefusalIsReadWithTheKernelsWords() throws {
        var bytes: [UInt8] = [0, 0, 0, 0, 2, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0]
        bytes += [0xEF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 16)
        bytes += [8, 0, 1, 0] + Array("bad\0".utf8)
        bytes[0] = UInt8(bytes.count)
        let outcome = try #require(NetlinkMessage.all(in: bytes[...]).first?.outcome)
        #expect(outcome.code == 17 && outcome.detail == "bad")
        #expect("\(NetlinkError(code: 17, doing: "make it", detail: outcome.detail))" == "cannot make it: File exists (bad)")
    }

    @Test func lengthsThatAreWrongEndTheReading() {
        #expect(NetlinkMessage.all(in: [3, 0, 0, 0, 1, 0]).isEmpty)
        let short: [UInt8] = [15, 0, 0, 0] + [UInt8](repeating: 0, count: 12)
        let long: [UInt8] = [17, 0, 0, 0] + [UInt8](repeating: 0, count: 12)
        #expect(NetlinkMessage.all(in: short[...]).isEmpty && NetlinkMessage.all(in: long[...]).isEmpty)
        #expect(Attributes([3, 0, 1, 0, 0, 0, 0, 0]).map(\.type).isEmpty)
        #expect(Attributes([8, 0, 1, 0, 1, 2, 3, 4, 9, 0, 2, 0, 1]).map(\.type) == [1])
        // The last one may lack what fills it up.
        #expect(Attributes([6, 0, 1, 0, 1, 2]).number(1, as: UInt16.self) == 0x0201)
        #expect(Attributes([6, 0, 1, 0, 1, 2]).number(1, as: UInt32.self) == nil)
    }

    /// Anything at all may come: it is read, or it is not, and nothing ends the program.
    @Test(arguments: 0..<20) func nothingThatComesIsACrash(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var reader = ChangeReader()
        let types = [16, 17, 20, 21, 24, 28, 29, 32, 2, 3, 0x100, 0xA00, 0xA0F]
        for _ in 0..<2000 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: 0...(Bool.random(using: &random) ? 16 : 255), using: &random)
            }
            if bytes.count >= 16, Int.random(in: 0..<8, using: &random) > 0 {
                (bytes[0], bytes[1], bytes[2], bytes[3]) = (UInt8(bytes.count), 0, 0, 0)
                let type = types.randomElement(using: &random) ?? 0
                (bytes[4], bytes[5]) = (UInt8(type & 255), UInt8(type >> 8))
                if bytes.count > 16 { bytes[16] = [0, 2, 7, 10].randomElement(using: &random) ?? 0 }
            }
            _ = reader.changes(in: bytes[...])
            for message in NetlinkMessage.all(in: bytes[...]) {
                _ = (message.outcome, Link(message), InterfaceAddress(message), Neighbour(message), ForwardingEntry(message))
                _ = (Connection(message), WireGuardDevice([Attributes(message.payload)]))
            }
        }
    }
}

struct AddressTests {
    @Test func addressesAreReadAndWritten() {
        for text in ["10.0.1.5", "0.0.0.0", "255.255.255.255", "fd00::5", "::1"] { #expect(IPAddress(text)?.description == text) }
        for text in ["", "10.0.1", "10.0.1.5.6", "10.0.1.256", "10.0.1.5/24", "fd00:::5", "x"] { #expect(IPAddress(text) == nil) }
        #expect(IPAddress(ipv4: 0x0A00_0105) == IPAddress("10.0.1.5"))
        #expect(IPPrefix("10.0.1.5/24")?.description == "10.0.1.5/24")
        for text in ["10.0.1.5", "10.0.1.5/33", "10.0.1.5/-1", "10.0.1.5/", "/24", "10.0.1.5/24/1"] {
            #expect(IPPrefix(text) == nil)
        }
        #expect(MACAddress("02:42:0a:00:01:05")?.description == "02:42:0a:00:01:05")
        for text in ["", "02:42:0a:00:01", "02:42:0a:00:01:05:06", "02:42:0a:00:01:0g", "2:42:0a:00:01:05", "02:42::0a:00:01:05"]
        {
            #expect(MACAddress(text) == nil)
        }
    }
}
