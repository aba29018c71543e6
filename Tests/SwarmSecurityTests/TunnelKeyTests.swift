import Foundation
import Testing

@testable import SwarmSecurity

/// The key of a node's WireGuard.
struct TunnelKeyTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tunnel-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    /// RFC 7748, section 5.2, after one iteration.
    @Test func thePublicHalfIsThatOfCurve25519() throws {
        let key = try #require(TunnelKey(bytes: [9] + [UInt8](repeating: 0, count: 31)))
        #expect(
            key.publicBytes
                == Self.bytes("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"))
        #expect(TunnelKey.publicBytes(of: key.publicText) == key.publicBytes)
        #expect(!"\(key)".contains(Data(key.bytes).base64EncodedString()))
        #expect(TunnelKey(bytes: [1, 2, 3]) == nil && TunnelKey.publicBytes(of: "AQID") == nil)
    }

    @Test func aNodeHasOneKeyUntilTheFileIsGone() throws {
        try withFolder { folder in
            let path = folder + "/tunnel.key"
            let first = try TunnelKey.kept(in: path)
            #expect(try TunnelKey.kept(in: path) == first)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try FileManager.default.removeItem(atPath: path)
            let second = try TunnelKey.kept(in: path)
            #expect(second.bytes != first.bytes && second.publicBytes != first.publicBytes)
            // What a crash has left of it is no key.
            try Data([1, 2, 3]).write(to: URL(filePath: path))
            let third = try TunnelKey.kept(in: path)
            #expect(try TunnelKey.kept(in: path) == third && third != second)
        }
    }

    @Test func addressesFollowFromNodesIDs() {
        #expect(TunnelKey.addressBytes(of: "node-1") == TunnelKey.addressBytes(of: "node-1"))
        #expect(TunnelKey.addressBytes(of: "node-1") != TunnelKey.addressBytes(of: "node-2"))
        #expect(TunnelKey.addressBytes(of: "node-1").count == 10)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        return bytes.count == digits.count / 2 ? bytes : nil
    }
}
