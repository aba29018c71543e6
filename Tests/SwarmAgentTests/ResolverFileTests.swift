import Foundation
import SwarmModel
import Testing

@testable import SwarmAgent

/// Which servers other names are asked of.
@Suite struct ResolverFileTests {
    private static func servers(_ text: String, except own: Set<IPv4Address> = []) -> [String?] {
        ResolverFile.servers(in: text, except: own).map(\.ipAddress)
    }

    @Test func serversComeInTheirOrderWithoutOurOwn() {
        let text = """
            # made by hand
            ; nameserver 192.0.2.9
            search example.org
            nameserver 192.0.2.1
            nameserver\t 2001:db8::1   # behind
            #nameserver 192.0.2.8
            nameserver 10.0.1.3
            nameserver 192.0.2.1
            nameserver
            nameserver nonsense
            nameserver fe80::1%nowhere
            options ndots:0
            nameserver 192.0.2.2\r
            nameserver 192.0.2.3
            """
        #expect(Self.servers(text, except: [IPv4Address(0x0A00_0103)]) == ["192.0.2.1", "2001:db8::1", "192.0.2.2"])
        #expect(ResolverFile.servers(in: text).allSatisfy { $0.port == 53 })
    }

    @Test func aFileThatIsEmptyOrNotThereNamesNone() throws {
        #expect(Self.servers("") == [])
        #expect(ResolverFile.servers(path: "/nonexistent/resolv.conf").isEmpty)
        let path = "/tmp/resolv-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try "nameserver 192.0.2.4\n".write(toFile: path, atomically: false, encoding: .utf8)
        defer { unlink(path) }
        #expect(ResolverFile.servers(path: path).map(\.ipAddress) == ["192.0.2.4"])
    }
}
