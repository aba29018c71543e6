/// Something that the kernel tells of, whoever has done it.
public enum NetlinkChange: Sendable, Equatable {
    /// A link was made or changed: this is what it is like now. Or it was removed.
    case link(Link, isRemoved: Bool)
    case address(InterfaceAddress, isRemoved: Bool)
    case neighbour(Neighbour, isRemoved: Bool)
    case forwarding(ForwardingEntry, isRemoved: Bool)
    case ruleset(RulesetChange)
    /// There was more to tell than there was room for: anything may have changed.
    case missed
}

/// A transaction of nftables.
public struct RulesetChange: Sendable, Equatable {
    /// Names of the tables that something was changed in, or that were made or removed.
    public var tables: Set<String>
    /// The program that did it, as the kernel knows it: `nft`.
    public var program: String?
    /// Its process.
    public var process: UInt32?

    public init(tables: Set<String>, program: String? = nil, process: UInt32? = nil) {
        self.tables = tables
        self.program = program
        self.process = process
    }
}
