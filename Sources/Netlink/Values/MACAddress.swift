/// An Ethernet address.
public struct MACAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// In the lower 48 bits, first byte first.
    private let number: UInt64

    /// - Parameter bytes: six; nil with any other number of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// - Parameter number: the first byte is in bits 40 to 47; what is above is dropped.
    public init(number: UInt64) { self.number = number & 0xFFFF_FFFF_FFFF }

    /// Reads `02:42:0a:00:01:05`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        self.init(bytes: parts.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil })
        guard parts.count == 6 else { return nil }
    }

    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: number >> (40 - 8 * UInt64($0))) } }

    public static func < (left: MACAddress, right: MACAddress) -> Bool { left.number < right.number }

    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
