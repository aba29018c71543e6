import Glibc

/// An address of IPv4 or IPv6.
public struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Four or sixteen, as they go over the wire.
    public let bytes: [UInt8]

    /// - Parameter bytes: four or sixteen; nil with any other number of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// - Parameter number: 10.0.0.1 is `0x0A00_0001`.
    public init(ipv4 number: UInt32) { bytes = withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    /// - Parameter bytes: of IPv6; with fewer than sixteen, zeros follow, and what is beyond is dropped.
    public init(ipv6 bytes: [UInt8]) { self.bytes = Array((bytes + [UInt8](repeating: 0, count: 16)).prefix(16)) }

    /// Reads `10.0.1.5` or `fd00::5`.
    public init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    public var isIPv4: Bool { bytes.count == 4 }
    /// `AF_INET` or `AF_INET6`.
    var family: UInt8 { UInt8(isIPv4 ? AF_INET : AF_INET6) }
    /// Bits of it.
    public var width: Int { bytes.count * 8 }

    /// Those of IPv4 first, then by number.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.bytes.count == right.bytes.count
            ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.bytes.count < right.bytes.count
    }

    public var description: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(Int32(family), bytes, &buffer, socklen_t(INET6_ADDRSTRLEN))
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// An address with the length of the block that it is in (`10.0.1.5/24`), or the block itself.
public struct IPPrefix: Sendable, Hashable, CustomStringConvertible {
    public let address: IPAddress
    /// Bits, 0 to the address's width.
    public let length: Int

    /// - Parameter length: nil for all of the address.
    public init(_ address: IPAddress, length: Int? = nil) {
        self.address = address
        self.length = min(max(length ?? address.width, 0), address.width)
    }

    /// Reads `10.0.1.5/24`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...address.width).contains(length)
        else { return nil }
        self.init(address, length: length)
    }

    public var description: String { "\(address)/\(length)" }
}
