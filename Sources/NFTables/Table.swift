/// A table of nftables: what is looked up, and the chains that look it up.
///
/// Rules are text as people write it (see nft(8)): nothing else says so briefly what they do. The rest is here so that one table gives
/// one text, whichever order it was put together in.
public struct Table: Sendable, Equatable {
    public var family: String
    public var name: String
    public var lookups: [Lookup] = []
    public var chains: [Chain] = []

    public init(family: String = "inet", name: String) {
        self.family = family
        self.name = name
    }

    /// Whether there is nothing in it, so that it need not be there.
    public var isEmpty: Bool { lookups.isEmpty && chains.isEmpty }

    /// Puts this table in the place of whatever has its name; removes that where this one is empty.
    ///
    /// For an `nft` that is to take both away and put there, it has to be there: so it is made first, if need be.
    public var script: String { removal + block(lookups.map(\.text) + chains.map(\.text)) }

    private var removal: String { "table \(family) \(name)\ndelete table \(family) \(name)\n" }

    /// Adds parts to the table.
    func block(_ parts: [String]) -> String {
        parts.isEmpty ? "" : "table \(family) \(name) {\n" + parts.joined(separator: "\n") + "}\n"
    }
}

/// A named set or map.
public struct Lookup: Sendable, Equatable {
    public var name: String
    /// Of its keys, and for a map of its values: `ipv4_addr`, `ipv4_addr : verdict`.
    public var type: String
    /// Whether keys are ranges or prefixes.
    public var isInterval: Bool
    /// In any order: `10.0.1.5`, `10.0.1.5 : goto web`.
    public var elements: Set<String>

    public init(_ name: String, type: String, isInterval: Bool = false, elements: some Sequence<String>) {
        self.name = name
        self.type = type
        self.isInterval = isInterval
        self.elements = Set(elements)
    }

    private var isMap: Bool { type.contains(":") }

    /// Of one of the elements.
    func key(_ element: String) -> String { isMap ? String(element.split(separator: " : ")[0]) : element }

    var text: String {
        var lines = ["\(isMap ? "map" : "set") \(name) {", "    type \(type)"]
        if isInterval { lines.append("    flags interval") }
        if !elements.isEmpty {
            lines.append("    elements = {")
            lines += elements.sorted().map { "        \($0)," }
            lines.append("    }")
        }
        return (lines + ["}"]).map { "    \($0)\n" }.joined()
    }
}

/// A chain of rules.
public struct Chain: Sendable, Equatable {
    public var name: String
    /// Where packets come from, for a base chain: `nat hook prerouting priority dstnat - 1`. Its policy is to accept.
    public var hook: String?
    /// For people who look at the rules.
    public var comment: String?
    public var rules: [String]

    public init(_ name: String, hook: String? = nil, comment: String? = nil, rules: [String]) {
        self.name = name
        self.hook = hook
        self.comment = comment
        self.rules = rules
    }

    var text: String {
        var lines = ["chain \(name) {"]
        if let comment { lines.append("    comment \"\(Self.quotable(comment))\"") }
        if let hook { lines.append("    type \(hook); policy accept;") }
        lines += rules.map { "    \($0)" }
        return (lines + ["}"]).map { "    \($0)\n" }.joined()
    }

    /// There is no way to write a quotation mark into a string, and the kernel's are short.
    private static func quotable(_ text: String) -> String {
        let harmless = text.unicodeScalars.filter { $0.isASCII && $0.value >= 32 && $0 != "\"" && $0 != "\\" }
        return String(String.UnicodeScalarView(harmless.prefix(120)))
    }
}
