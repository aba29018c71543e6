extension Table {
    /// Makes this table of an earlier one, of which all that is the same in both is left alone: with many services, one that has changed is
    /// little, and the turns of the others go on.
    ///
    /// Nil where more differs than elements, rules, and which chains without a hook there are. Ranges are told from their neighbours by
    /// the kernel, so a lookup of these is made as a whole, too.
    func changes(from earlier: Table) -> String? {
        guard outline == earlier.outline else { return nil }
        let before = earlier.chainsByName
        let after = chainsByName
        let changed = chains.filter { before[$0.name] != nil && before[$0.name] != $0 }
        guard changed.allSatisfy({ before[$0.name]?.comment == $0.comment }) else { return nil }
        let removed = earlier.chains.filter { after[$0.name] == nil }
        let added = chains.filter { before[$0.name] == nil }

        let lookups = zip(earlier.lookups, lookups)
        // What is referred to goes after what refers to it, and comes before.
        var script = lookups.map { command("delete", $0, $0.elements.subtracting($1.elements).map($0.key)) }.joined()
        script += (changed + removed).map { "flush chain \(family) \(name) \($0.name)\n" }.joined()
        script += removed.map { "delete chain \(family) \(name) \($0.name)\n" }.joined()
        script += block(added.map(\.text) + changed.map { Chain($0.name, rules: $0.rules).text })
        script += lookups.map { command("add", $1, $1.elements.subtracting($0.elements)) }.joined()
        return script
    }

    private func command(_ verb: String, _ lookup: Lookup, _ elements: some Collection<String>) -> String {
        elements.isEmpty
            ? "" : "\(verb) element \(family) \(name) \(lookup.name) { \(elements.sorted().joined(separator: ", ")) }\n"
    }

    /// What cannot be changed in place.
    private var outline: Table {
        var outline = self
        for index in lookups.indices where !lookups[index].isInterval { outline.lookups[index].elements = [] }
        outline.chains = chains.filter { $0.hook != nil }.map { Chain($0.name, hook: $0.hook, comment: $0.comment, rules: []) }
        return outline
    }

    private var chainsByName: [String: Chain] { Dictionary(chains.map { ($0.name, $0) }) { first, _ in first } }
}
