/// An IPv4 subnet and the host's own address in it.
public struct Subnet: Sendable, Equatable, CustomStringConvertible {
    /// The host's address in the subnet, as a number.
    public let hostAddress: UInt32
    /// How many leading bits name the subnet.
    public let prefixLength: Int

    /// Why a text is no subnet that machines can live in.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        /// Not of the form `a.b.c.d/n`.
        case notCIDR(String)
        /// The network's own address where the host's was asked for; docker-machine's words.
        case networkAddress
        /// A form that is right, with a meaning that is not.
        case unusable(String, why: String)

        public var description: String {
            switch self {
            case .notCIDR(let text): "invalid CIDR address: \(text)"
            case .networkAddress: "host-only cidr must be specified with a host address, not a network address"
            case .unusable(let text, let why): "\(text) cannot be the machines' network: \(why)"
            }
        }
    }

    /// - Parameters:
    ///   - text: `192.168.99.1/24`.
    ///   - networkAddressMeansFirstHost: whether `192.168.99.0/24` is taken as `192.168.99.1/24` or refused.
    /// - Throws: `Problem`.
    public init(_ text: String, networkAddressMeansFirstHost: Bool) throws(Problem) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let address = Self.address(halves[0]), let prefix = Self.decimal(halves[1], upTo: 32) else {
            throw .notCIDR(text)
        }
        guard (16...28).contains(prefix) else {
            throw .unusable(text, why: "its prefix must be between /16 and /28")
        }
        let mask = UInt32.max << (32 - prefix)
        guard address & ~mask != ~mask else { throw .unusable(text, why: "that is its broadcast address") }
        guard Self.isUnicast(address) else { throw .unusable(text, why: "that is no address for a host") }
        if address & ~mask == 0 {
            guard networkAddressMeansFirstHost else { throw .networkAddress }
            self.hostAddress = address + 1
        } else {
            self.hostAddress = address
        }
        self.prefixLength = prefix
    }

    /// The host's address in dotted form.
    public var host: String { Self.text(hostAddress) }

    /// The subnet's first address in dotted form.
    public var network: String { Self.text(hostAddress & (UInt32.max << (32 - prefixLength))) }

    /// `192.168.99.1/24`.
    public var description: String { "\(host)/\(prefixLength)" }

    /// Whether an address in dotted form lies in the subnet and is neither its first, its last nor the host's.
    public func canHold(_ address: String) -> Bool {
        guard let number = Self.address(address[...]) else { return false }
        let mask = UInt32.max << (32 - prefixLength)
        return number & mask == hostAddress & mask && number & ~mask != 0 && number & ~mask != ~mask && number != hostAddress
    }

    /// Whether a text is an IPv4 address that a host can have.
    public static func isHostAddress(_ text: String) -> Bool {
        address(text[...]).map(isUnicast) ?? false
    }

    private static func isUnicast(_ address: UInt32) -> Bool {
        let first = address >> 24
        return first != 0 && first != 127 && first < 224
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { decimal($0, upTo: 255) }
        guard parts.count == 4 else { return nil }
        var result: UInt32 = 0
        for part in parts {
            guard let part else { return nil }
            result = result << 8 | UInt32(part)
        }
        return result
    }

    private static func decimal(_ text: Substring, upTo limit: Int) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 3, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        // Go refuses leading zeros since 1.17: some programs read them as octal.
        guard text == "0" || text.first != "0", let value = Int(text), value <= limit else { return nil }
        return value
    }

    private static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> $0 & 255) }.joined(separator: ".")
    }
}
