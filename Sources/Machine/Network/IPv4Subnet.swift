/// An IPv4 subnet with the host's own address in it, as `192.168.99.1/24`.
public struct IPv4Subnet: Sendable, Equatable, CustomStringConvertible {
    /// The host's address, as a number in host byte order.
    let host: UInt32
    /// How many leading bits name the subnet.
    let prefix: Int

    init(host: UInt32, prefix: Int) {
        self.host = host
        self.prefix = prefix
    }

    var mask: UInt32 { prefix == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefix) }
    var network: UInt32 { host & mask }
    var broadcast: UInt32 { network | ~mask }

    /// Where reservations begin: .100 as in VirtualBox's host-only networks, lower in small subnets.
    var firstMachine: UInt32 { prefix <= 24 ? network + 100 : network + 2 }
    var lastMachine: UInt32 { prefix <= 24 ? network + 254 : broadcast - 1 }

    func overlaps(_ other: IPv4Subnet) -> Bool {
        let wider = mask & other.mask
        return network & wider == other.network & wider
    }

    /// Whether an address in dotted form is one that a machine can have: neither the subnet's first nor last, nor the host's.
    public func canHold(_ address: String) -> Bool {
        guard let number = Self.number(address) else { return false }
        return number & mask == network && number != network && number != broadcast && number != host
    }

    public var description: String { "\(Self.text(host))/\(prefix)" }

    /// The subnet itself, as `192.168.99.0/24`.
    public var networkText: String { "\(Self.text(network))/\(prefix)" }

    static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> $0 & 0xff) }.joined(separator: ".")
    }

    static func number(_ text: String) -> UInt32? {
        guard let address = IPAddress(text), address.bytes.count == 4 else { return nil }
        return address.bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Whether a text is the address of one host: neither a multicast address nor loopback nor 0.x.
    public static func isHostAddress(_ text: String) -> Bool { number(text).map(isUnicast) ?? false }

    static func isUnicast(_ address: UInt32) -> Bool {
        let first = address >> 24
        return first != 0 && first != 127 && first < 224
    }
}
