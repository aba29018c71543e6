/// A block of IPv4 addresses in CIDR notation, such as `10.0.1.0/24`.
public struct IPv4Block: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The first address, as a number.
    public let base: UInt32
    /// Bits of the prefix, 0 to 32.
    public let length: Int

    /// The block of that size in which an address is.
    ///
    /// - Parameter length: 0 to 32.
    public init(containing address: IPv4Address, length: Int) {
        self.length = length
        base = address.number & Self.mask(length)
    }

    /// Reads `address/length`. Bits of the address behind the prefix are dropped: see `isExact`.
    public init?(_ text: String) {
        guard let (address, length) = Self.parse(text) else { return nil }
        self.init(containing: address, length: length)
    }

    /// Whether the text is a block by its first address.
    public static func isExact(_ text: String) -> Bool {
        guard let (address, length) = parse(text) else { return false }
        return address.number & mask(length) == address.number
    }

    /// Address and length of the prefix.
    public static func parse(_ text: String) -> (address: IPv4Address, length: Int)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let length = Int(parts[1]), (0...32).contains(length)
        else { return nil }
        return (address, length)
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << UInt32(32 - length) }

    /// The last address, as a number.
    public var last: UInt32 { base | ~Self.mask(length) }

    /// How many addresses are in it.
    public var count: Int { 1 << (32 - length) }

    public func contains(_ address: IPv4Address) -> Bool { (base...last).contains(address.number) }
    public func contains(_ other: IPv4Block) -> Bool { base <= other.base && other.last <= last }
    public func overlaps(_ other: IPv4Block) -> Bool { base <= other.last && other.base <= last }

    /// The addresses that hosts may have: all but the first and the last, where there are more than two.
    public var hosts: ClosedRange<UInt32> { length < 31 ? base + 1...last - 1 : base...last }

    public static func < (left: IPv4Block, right: IPv4Block) -> Bool { (left.base, left.length) < (right.base, right.length) }

    public var description: String { "\(IPv4Address(base))/\(length)" }

    /// An address with the length of the block's prefix: `10.0.1.5/24`.
    public func text(of address: IPv4Address) -> String { "\(address)/\(length)" }
}

/// An IPv4 address.
public struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// In the order of the host, so that the next address is one more.
    public let number: UInt32

    public init(_ number: UInt32) { self.number = number }

    /// Reads `10.0.1.5`; a length of a prefix behind it is not taken.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { UInt8($0) }
        guard parts.count == 4, bytes.count == 4, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return nil
        }
        number = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The address of `10.0.1.5/24`.
    public init?(cidr text: String) {
        guard let (address, _) = IPv4Block.parse(text) else { return nil }
        self = address
    }

    /// The MAC address of whoever has it in a network of the swarm, where nobody has to ask for it: `02:42:0a:00:01:05`.
    public var mac: String {
        "02:42"
            + (0..<4).map { index in
                let byte = number >> UInt32(24 - 8 * index) & 255
                return ":" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
    }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }

    public var description: String { "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)" }
}
