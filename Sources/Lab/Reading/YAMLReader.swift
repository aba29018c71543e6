import Yams

/// Collects what is wrong while a file is read, so that a person sees all of it at once.
final class Findings {
    private(set) var diagnostics: [Diagnostic] = []

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    func error(_ node: Node, _ message: String) { add(.error, node.mark, message) }
    func warning(_ node: Node, _ message: String) { add(.warning, node.mark, message) }

    func add(_ severity: Diagnostic.Severity, _ mark: Mark?, _ message: String) {
        add(severity, line: mark?.line ?? 1, column: mark?.column ?? 1, message)
    }

    func add(_ severity: Diagnostic.Severity, line: Int, column: Int, _ message: String) {
        diagnostics.append(.init(severity, line: line, column: column, message))
    }
}

extension Node {
    /// An empty value: `key:`, `~` or `null`.
    var isNothing: Bool {
        guard let scalar else { return false }
        return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// What the node is, for messages.
    var kind: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar):
            if isNothing {
                "empty"
            } else if scalar.string.count > 40 || scalar.string.contains("\n") {
                "a long text"
            } else {
                "\"\(scalar.string)\""
            }
        }
    }
}

/// One mapping of a file, read key by key. Keys that are not known are reported with the one that was probably meant.
struct MappingReader {
    let node: Node
    let findings: Findings
    /// What the mapping is, for messages: `step "init"`.
    let what: String
    private var entries: [String: (key: Node, value: Node)] = [:]

    /// - Returns: nil, with a finding, when `node` is no mapping.
    init?(_ node: Node, what: String, keys: [String], findings: Findings, extensions: Bool = false) {
        guard case .mapping(let mapping) = node else {
            findings.error(
                node, "\(what) must be a mapping of keys (\(keys.prefix(4).joined(separator: ", "))…), not \(node.kind)")
            return nil
        }
        self.node = node
        self.what = what
        self.findings = findings
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                findings.error(key, "a key must be a word, not \(key.kind)")
                continue
            }
            if extensions, name.hasPrefix("x-") { continue }
            guard keys.contains(name) else {
                let hint =
                    Spelling.closest(to: name, among: keys).map { "did you mean \"\($0)\"?" }
                    ?? "known keys: \(keys.joined(separator: ", "))"
                findings.error(key, "unknown key \"\(name)\" in \(what); \(hint)")
                continue
            }
            entries[name] = (key, value)
        }
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    /// The value of `key`; an empty value is reported and counts as missing.
    subscript(key: String) -> Node? {
        guard let entry = entries[key] else { return nil }
        guard !entry.value.isNothing else {
            findings.error(entry.key, "\"\(key)\" of \(what) has no value")
            return nil
        }
        return entry.value
    }

    /// The value of `key`, empty or not.
    func raw(_ key: String) -> Node? { entries[key]?.value }

    /// Where `key` itself stands.
    func keyNode(_ key: String) -> Node { entries[key]?.key ?? node }

    func string(_ key: String) -> String? { self[key].flatMap { findings.string($0, "\"\(key)\" of \(what)") } }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        self[key].flatMap { findings.integer($0, "\"\(key)\" of \(what)", in: range) }
    }

    func bool(_ key: String) -> Bool? {
        guard let value = self[key] else { return nil }
        guard let bool = value.scalar.flatMap({ $0.style == .plain ? ["true": true, "false": false][$0.string] : nil }) else {
            findings.error(value, "\"\(key)\" of \(what) must be true or false, not \(value.kind)")
            return nil
        }
        return bool
    }

    func duration(_ key: String) -> Duration? { self[key].flatMap { findings.duration($0, "\"\(key)\" of \(what)") } }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        self[key].flatMap { findings.choice($0, "\"\(key)\" of \(what)", type) }
    }

    /// A list of texts, or one text.
    func strings(_ key: String) -> [String]? { self[key].map { findings.strings($0, "\"\(key)\" of \(what)") } }

    /// A mapping of texts to texts.
    func stringMap(_ key: String) -> [String: String]? { self[key].map { findings.stringMap($0, "\"\(key)\" of \(what)") } }

    func mapping(_ key: String, _ name: String, keys: [String]) -> MappingReader? {
        self[key].flatMap { MappingReader($0, what: name, keys: keys, findings: findings) }
    }
}
