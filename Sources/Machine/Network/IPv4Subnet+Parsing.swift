extension IPv4Subnet {
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

    /// Reads `ADDRESS/PREFIX`.
    ///
    /// - Parameters:
    ///   - text: `192.168.99.1/24`; the prefix from 16 to 28: room for a lab, and for nothing less.
    ///   - networkAddressMeansFirstHost: whether `192.168.99.0/24` is taken as `192.168.99.1/24` or refused.
    public init(_ text: String, networkAddressMeansFirstHost: Bool = false) throws(Problem) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2, let address = Self.number(halves[0]), let prefix = Int(halves[1]),
            0...32 ~= prefix, halves[1] == String(prefix)
        else { throw .notCIDR(text) }
        guard 16...28 ~= prefix else { throw .unusable(text, why: "its prefix must be between /16 and /28") }
        let given = IPv4Subnet(host: address, prefix: prefix)
        guard address != given.broadcast else { throw .unusable(text, why: "that is its broadcast address") }
        guard Self.isUnicast(address) else { throw .unusable(text, why: "that is no address for a host") }
        guard address == given.network else {
            self = given
            return
        }
        guard networkAddressMeansFirstHost else { throw .networkAddress }
        self.init(host: address + 1, prefix: prefix)
    }
}
