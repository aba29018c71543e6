/// An IPv4 subnet with the host's own address in it, as `192.168.99.1/24`.
public struct IPv4Subnet: Sendable, Equatable, CustomStringConvertible {
    /// The host's address, as a number in host byte order.
    let host: UInt32
    /// Prefix length in bits, 16 to 28: room for a lab, and for nothing less.
    let prefix: Int

    init(host: UInt32, prefix: Int) {
        self.host = host
        self.prefix = prefix
    }

    /// Reads `ADDRESS/PREFIX`.
    ///
    /// - Throws: `MachineError.failed` where it is none, or names the network instead of a host in it.
    public init(cidr: String) throws {
        let parts = cidr.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.number(String(parts[0])), let prefix = Int(parts[1]),
            16...28 ~= prefix
        else { throw MachineError.failed("invalid CIDR address: \(cidr) (for example 192.168.99.1/24)") }
        self.init(host: address, prefix: prefix)
        guard address != network, address != broadcast else {
            throw MachineError.failed("host-only cidr must be specified with a host address, not a network address")
        }
    }

    var mask: UInt32 { ~UInt32(0) << UInt32(32 - prefix) }
    var network: UInt32 { host & mask }
    var broadcast: UInt32 { network | ~mask }

    /// Where reservations begin: .100 as in VirtualBox's host-only networks, lower in small subnets.
    var firstMachine: UInt32 { prefix <= 24 ? network + 100 : network + 2 }
    var lastMachine: UInt32 { prefix <= 24 ? network + 254 : broadcast - 1 }

    func overlaps(_ other: IPv4Subnet) -> Bool {
        let wider = mask & other.mask
        return network & wider == other.network & wider
    }

    func contains(_ address: UInt32) -> Bool { address & mask == network }

    public var description: String { "\(Self.text(host))/\(prefix)" }

    static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> $0 & 0xff) }.joined(separator: ".")
    }

    static func number(_ text: String) -> UInt32? {
        guard let address = IPAddress(text), address.bytes.count == 4 else { return nil }
        return address.bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
