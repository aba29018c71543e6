import DockerAPI
import SwarmModel

/// A condition on nodes, such as `node.labels.zone!=east`: keys, operators and the comparison are Swarm mode's.
public struct Constraint: Sendable, Equatable {
    /// What is wrong with a text that is no constraint; reads as Swarm mode's refusal.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// What of a node is compared. Names of labels are taken as they are written; only what stands before them is not.
    private enum Subject: Sendable, Equatable {
        case id, hostname, role, os, architecture
        case address(AddressRange?)
        case label(String)
        case engineLabel(String)
        /// A key that means nothing.
        case unknown
    }

    private let subject: Subject
    /// In lower case.
    private let value: String
    private let isEqual: Bool

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
        subject = Self.subject(key, value)
        self.value = subject == .architecture ? Platform.architecture(value.lowercased()) : value.lowercased()
        isEqual = sign == "=="
    }

    private static func subject(_ key: String, _ value: String) -> Subject {
        let lower = key.lowercased()
        switch lower {
        case "node.id": return .id
        case "node.hostname": return .hostname
        case "node.role": return .role
        case "node.platform.os": return .os
        case "node.platform.arch": return .architecture
        case "node.ip": return .address(AddressRange(value))
        default: break
        }
        if lower.hasPrefix("node.labels.") { return .label(String(key.dropFirst("node.labels.".count))) }
        if lower.hasPrefix("engine.labels.") { return .engineLabel(String(key.dropFirst("engine.labels.".count))) }
        return .unknown
    }

    /// Whether the node is as it asks. A label that a node does not have counts as an empty one; a key that means nothing holds
    /// nowhere.
    public func holds(for node: Node) -> Bool {
        switch subject {
        case .id: compare(node.id)
        case .hostname: compare(node.description.hostname ?? "")
        case .role: compare(node.role.rawValue)
        case .os: compare(node.description.platform?.os ?? "")
        case .architecture: compare(Platform.architecture((node.description.platform?.architecture ?? "").lowercased()))
        case .address(let range): range.map { $0.contains(node.address) == isEqual } ?? false
        case .label(let name): compare(node.spec.labels?[name] ?? "")
        case .engineLabel(let name): compare(node.description.engine?.labels?[name] ?? "")
        case .unknown: false
        }
    }

    private func compare(_ present: String) -> Bool { (present == value || present.lowercased() == value) == isEqual }

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
