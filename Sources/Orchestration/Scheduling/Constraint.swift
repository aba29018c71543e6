import DockerAPI
import SwarmModel

/// A condition on nodes, such as `node.labels.zone!=east`: keys, operators and the comparison are Swarm mode's.
public struct Constraint: Sendable, Equatable {
    /// What is wrong with a text that is no constraint; reads as Swarm mode's refusal.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    let key: String
    let value: String
    let isEqual: Bool

    /// - Throws: `Malformed`.
    public init(_ text: String) throws(Malformed) {
        // Whichever stands first: a value may hold the other.
        let operators = ["==", "!="].compactMap { sign in text.firstOffset(of: sign).map { (sign, $0) } }
        guard let (sign, offset) = operators.min(by: { $0.1 < $1.1 }) else {
            throw Malformed(description: "constraint expected one operator from ==, !=")
        }
        let key = Self.trimmed(text.utf8.prefix(offset))
        let value = Self.trimmed(text.utf8.dropFirst(offset + sign.utf8.count))
        guard key.first.map(Self.isLetter) == true, key.allSatisfy({ Self.isLetter($0) || Self.isDigitOrMark($0) }) else {
            throw Malformed(description: "key '\(key)' is invalid")
        }
        guard !value.isEmpty, value.allSatisfy({ Self.isLetter($0) || Self.isDigitOrMark($0) || ":*^[]()?+,|$\\/ ".contains($0) })
        else { throw Malformed(description: "value '\(value)' is invalid") }
        self.key = key
        self.value = value
        isEqual = sign == "=="
    }

    /// Whether the node is as it asks. A label that a node does not have counts as an empty one; a key that means nothing holds
    /// nowhere.
    public func holds(for node: Node) -> Bool {
        let lower = key.lowercased()
        switch lower {
        case "node.id": return compare(node.id)
        case "node.hostname": return compare(node.description.hostname ?? "")
        case "node.role": return compare(node.role.rawValue)
        case "node.platform.os": return compare(node.description.platform?.os ?? "")
        case "node.platform.arch": return compareArchitecture(node.description.platform?.architecture ?? "")
        case "node.ip": return AddressRange(value).map { $0.contains(node.address) == isEqual } ?? false
        default: break
        }
        // Names of labels are taken as they are written; only what stands before them is not.
        if lower.hasPrefix("node.labels.") { return compare(node.spec.labels?[name(after: "node.labels.")] ?? "") }
        if lower.hasPrefix("engine.labels.") {
            return compare(node.description.engine?.labels?[name(after: "engine.labels.")] ?? "")
        }
        return false
    }

    private func name(after prefix: String) -> String { String(key.dropFirst(prefix.count)) }

    private func compare(_ present: String) -> Bool { (present.lowercased() == value.lowercased()) == isEqual }

    private func compareArchitecture(_ present: String) -> Bool {
        (Platform.architecture(present.lowercased()) == Platform.architecture(value.lowercased())) == isEqual
    }

    private static func trimmed(_ bytes: some Sequence<UInt8>) -> String {
        let text = String(decoding: Array(bytes), as: UTF8.self)
        return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func isLetter(_ character: Character) -> Bool { character.isASCII && character.isLetter || character == "_" }
    private static func isDigitOrMark(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || "-.".contains(character))
    }
}

/// Names of processors, which go by two names each.
enum Platform {
    static func architecture(_ name: String) -> String {
        switch name {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        default: name
        }
    }
}

extension String {
    /// The offset in UTF-8 at which a text begins.
    fileprivate func firstOffset(of text: String) -> Int? {
        let (bytes, wanted) = (Array(utf8), Array(text.utf8))
        guard bytes.count >= wanted.count else { return nil }
        return (0...bytes.count - wanted.count).first { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
