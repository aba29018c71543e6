import Yams

/// Reading single values, with a finding where one is not what it must be.
extension Findings {
    /// Any scalar: people write `8080` or `true` where a text is meant, and mean the text.
    func string(_ node: Node, _ what: String) -> String? {
        guard let scalar = node.scalar else {
            error(node, "\(what) must be a text, not \(node.kind)")
            return nil
        }
        guard !node.isNothing else {
            error(node, "\(what) has no value")
            return nil
        }
        return scalar.string
    }

    func integer(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let scalar = node.scalar, let value = Int(scalar.string) else {
            error(node, "\(what) must be a whole number, not \(node.kind)")
            return nil
        }
        guard range.contains(value) else {
            error(node, "\(what) must be between \(range.lowerBound) and \(range.upperBound), not \(value)")
            return nil
        }
        return value
    }

    func duration(_ node: Node, _ what: String) -> Duration? {
        guard let text = node.scalar?.string, let duration = Duration(lab: text) else {
            error(node, "\(what) must be a duration such as 500ms, 10s, 2m or 1m30s, not \(node.kind)")
            return nil
        }
        return duration
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ node: Node, _ what: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        let names = type.allCases.map(\.rawValue)
        guard let text = node.scalar?.string, let choice = Choice(rawValue: text) else {
            let meant = node.scalar.flatMap { Spelling.closest(to: $0.string, among: names) }
            error(
                node,
                "\(what) must be \(names.joined(separator: " or ")), not \(node.kind)"
                    + (meant.map { "; did you mean \"\($0)\"?" } ?? ""))
            return nil
        }
        return choice
    }

    func strings(_ node: Node, _ what: String) -> [String] {
        guard case .sequence(let sequence) = node else { return string(node, what).map { [$0] } ?? [] }
        return sequence.compactMap { string($0, "an entry of \(what)") }
    }

    func stringMap(_ node: Node, _ what: String) -> [String: String] {
        var values: [String: String] = [:]
        for (key, value) in pairs(node, what) {
            // `label:` with nothing after it is a label without a value.
            guard !value.isNothing else { values[key] = ""; continue }
            guard let text = string(value, "\"\(key)\" in \(what)") else { continue }
            values[key] = text
        }
        return values
    }

    /// The entries of a mapping with free keys, in the file's order.
    func pairs(_ node: Node, _ what: String) -> [(String, Node)] {
        guard case .mapping(let mapping) = node else {
            error(node, "\(what) must be a mapping, not \(node.kind)")
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.scalar?.string else {
                error(key, "a key must be a word, not \(key.kind)")
                return nil
            }
            return (name, value)
        }
    }

    func pattern(_ node: Node, _ what: String) -> Pattern? {
        guard let text = string(node, what) else { return nil }
        do {
            return try Pattern(text)
        } catch {
            self.error(
                node, "\(what) is not a regular expression: \(Self.reason(error)) (in \(text.debugDescription.prefix(80)))")
            return nil
        }
    }

    static func reason(_ error: any Error) -> String { (error as? PatternError)?.reason ?? "\(error)" }
}
