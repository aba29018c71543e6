import Crypto
import FoundationEssentials

/// A 256-bit key that seals values.
public struct DataKey: Sendable, Equatable, CustomStringConvertible {
    let key: SymmetricKey

    /// Length of a key in bytes.
    public static let byteCount = 32
    /// Length of `id` in bytes.
    static let idByteCount = 4

    /// A new key from the system's random numbers.
    public init() {
        key = SymmetricKey(size: .bits256)
    }

    /// A key that was kept; `nil` unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        key = SymmetricKey(data: Array(bytes))
    }

    /// The 32 bytes. Keep them only where they are sealed or in a file of mode 0600.
    public var bytes: Data { key.withUnsafeBytes { Data($0) } }

    /// Tells keys apart without telling the key: the first bytes of a hash of it.
    ///
    /// Every sealed value names its key so, which is why a missing key and a changed value are different errors.
    var id: [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("swarm data key id".utf8))
        key.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize().prefix(Self.idByteCount))
    }

    /// Names the key, does not tell it.
    public var description: String { "DataKey(\(hexadecimal(id)))" }
}
