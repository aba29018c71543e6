import Crypto
import FoundationEssentials

/// What this node's WireGuard proves with who it is, to other nodes: a private key of Curve25519.
///
/// It is not for the disk: whoever has it could read along until it is replaced. A node that has lost its key makes another one and tells
/// the public half of it; nothing else depends on it.
public struct TunnelKey: Sendable, Equatable, CustomStringConvertible {
    /// 32; of both halves.
    public static let byteCount = 32

    /// The private half. It is for the kernel alone.
    public let bytes: [UInt8]
    /// The public half.
    public let publicBytes: [UInt8]

    /// Nil unless there are 32 bytes. Any will do.
    public init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) else { return nil }
        self.bytes = bytes
        publicBytes = Array(key.publicKey.rawRepresentation)
    }

    /// The key that is in a file; where there is none that can be used, a new one is put there, for its owner only.
    ///
    /// - Parameter path: in a folder that is in memory.
    /// - Throws: `SecurityError.Code.file`.
    public static func kept(in path: String) throws -> TunnelKey {
        if let bytes = try FileSystem.contents(of: path, limit: 4096), let key = TunnelKey(bytes: bytes) { return key }
        // From the kernel and nowhere else: of a machine that is a copy of another one, only the kernel may know that it is.
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        guard let key = TunnelKey(bytes: bytes) else { throw SecurityError(.file, "making a key for tunnels: it is none") }
        try FileSystem.replace(path, with: key.bytes, isDurable: false)
        return key
    }

    /// The public half as people know WireGuard's keys: base64, 44 characters.
    public var publicText: String { Data(publicBytes).base64EncodedString() }

    /// The public half of a key, from its text; nil where that is none.
    public static func publicBytes(of text: String) -> [UInt8]? {
        Data(base64Encoded: text).flatMap { $0.count == byteCount ? Array($0) : nil }
    }

    /// Names the key, does not tell it.
    public var description: String { "TunnelKey(\(publicText))" }

    /// The last ten of the sixteen bytes of the address that a node has within the tunnels: they follow from its ID, so nobody has to tell them.
    public static func addressBytes(of nodeID: String) -> [UInt8] {
        Array(SHA256.hash(data: Array("swarm node in tunnels \(nodeID)".utf8)).prefix(10))
    }
}
