import Foundation

/// A text in which `${name}` stands for a value. Everything else that a shell may mean something by (`$(…)`, `$i`,
/// `${x:-y}`, `${#x}`, `$$`) stays as it is; `$${name}` leaves `${name}` to the shell.
struct VariableText {
    enum Part: Equatable {
        case literal(String)
        case reference(String)
    }

    let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            literal += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                literal += "${"
                rest = rest.dropFirst(3)
            } else if let name = Self.reference(at: rest) {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.reference(String(name)))
                rest = rest.dropFirst(name.count + 3)
            } else {
                literal += "$"
                rest = rest.dropFirst()
            }
        }
        literal += rest
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    var references: [String] {
        parts.compactMap { part in
            if case .reference(let name) = part { name } else { nil }
        }
    }

    /// The text with every reference replaced by what `value` gives for it.
    func filled(_ value: (String) throws -> String) rethrows -> String {
        try parts.map { part in
            switch part {
            case .literal(let text): text
            case .reference(let name): try value(name)
            }
        }.joined()
    }

    /// The name in a leading `${name}`, or nil. Only names of machines may hold a hyphen: `${x-y}` is the shell's.
    private static func reference(at text: Substring) -> Substring? {
        guard text.hasPrefix("${"), let end = text.firstIndex(of: "}") else { return nil }
        let name = text[text.index(text.startIndex, offsetBy: 2)..<end]
        return isName(name) ? name : nil
    }

    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.unicodeScalars.first, first == "_" || isLetter(first) else { return false }
        let dotted = name.hasPrefix("machine.") || name.hasPrefix("lab.")
        return name.unicodeScalars.allSatisfy {
            $0 == "_" || isLetter($0) || ("0"..."9").contains($0) || (dotted && ($0 == "." || $0 == "-"))
        }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}

/// The names that are always there.
enum BuiltInVariable: Equatable {
    case labName
    case machineAddress(String)
    case machineURL(String)

    /// Reads `lab.name`, `machine.NAME.ip` and `machine.NAME.url`.
    init?(_ name: String) {
        if name == "lab.name" { self = .labName; return }
        guard name.hasPrefix("machine.") else { return nil }
        let rest = name.dropFirst("machine.".count)
        if rest.hasSuffix(".ip"), rest.count > 3 {
            self = .machineAddress(String(rest.dropLast(3)))
        } else if rest.hasSuffix(".url"), rest.count > 4 {
            self = .machineURL(String(rest.dropLast(4)))
        } else {
            return nil
        }
    }
}
