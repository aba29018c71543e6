import FoundationEssentials

/// The parameter `filters`, in the form of today, `{"name":{"value":true}}`, or the old one, `{"name":["value"]}`.
public struct Filters: Sendable, Equatable {
    public private(set) var values: [String: Set<String>] = [:]

    /// None: everything is included.
    public init() {}

    /// - Throws: status 400, `invalid filter`.
    public init(_ text: String) throws(APIError) {
        guard !text.isEmpty else { return }
        let decoder = JSONDecoder()
        let data = Data(text.utf8)
        if let filters = try? decoder.decode([String: [String: Bool]]?.self, from: data) {
            values = filters.mapValues { Set($0.keys) }
        } else if let filters = try? decoder.decode([String: [String]?].self, from: data) {
            values = filters.mapValues { Set($0 ?? []) }
        } else {
            throw APIError(400, "invalid filter")
        }
    }

    /// - Throws: status 400, `invalid filter 'x'`.
    public func validate(_ accepted: Set<String>) throws(APIError) {
        for name in values.keys.sorted() where !accepted.contains(name) { throw APIError(400, "invalid filter '\(name)'") }
    }

    /// What is asked for under a name.
    public subscript(_ name: String) -> Set<String> { values[name] ?? [] }

    /// Whether one of the values, or none being asked for, is exactly this.
    public func matchesExactly(_ name: String, _ value: String) -> Bool { self[name].isEmpty || self[name].contains(value) }

    /// Whether one of the values, or none being asked for, is a prefix of this.
    public func matchesPrefix(_ name: String, of value: String) -> Bool {
        self[name].isEmpty || self[name].contains { value.hasPrefix($0) }
    }

    /// Whether all the labels asked for are there: `key`, or `key=value` exactly.
    public func matchesLabels(_ name: String, _ labels: [String: String]) -> Bool {
        self[name].allSatisfy { wanted in
            let sides = wanted.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let value = labels[String(sides[0])] else { return false }
            return sides.count == 1 || sides[1].isEmpty || sides[1] == value
        }
    }
}
