/// How much there is of each of a table's parts.
struct TableCounts {
    /// Rules, by chain.
    private var rules: [String: Int] = [:]
    /// By set or map.
    private var elements: [String: Int] = [:]

    init(_ table: Table) {
        for chain in table.chains { rules[chain.name] = chain.rules.count }
        for lookup in table.lookups { elements[lookup.name] = lookup.elements.count }
    }

    init(_ listing: TableListing) {
        for object in listing.nftables {
            if let chain = object.chain { rules[chain.name, default: 0] += 0 }
            if let rule = object.rule { rules[rule.chain, default: 0] += 1 }
            if let lookup = object.set ?? object.map { elements[lookup.name] = lookup.elem?.count ?? 0 }
        }
    }

    /// Whether each part of the other's is there and has as much, or more.
    func cover(_ other: TableCounts) -> Bool {
        other.rules.allSatisfy { rules[$0.key, default: -1] >= $0.value }
            && other.elements.allSatisfy { elements[$0.key, default: -1] >= $0.value }
    }
}

/// A table as `nft -j list table` tells of it (libnftables-json(5)); what is not needed is left out.
struct TableListing: Decodable {
    /// One of these, or something else.
    struct Object: Decodable {
        var chain: Chain?
        var rule: Rule?
        var set: Lookup?
        var map: Lookup?
    }
    struct Chain: Decodable {
        var name: String
    }
    struct Rule: Decodable {
        var chain: String
    }
    struct Lookup: Decodable {
        var name: String
        var elem: [Element]?
    }
    /// Whatever it is.
    struct Element: Decodable {
        init(from decoder: any Decoder) {}
    }

    var nftables: [Object]
}
