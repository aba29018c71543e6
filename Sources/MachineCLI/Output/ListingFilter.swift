/// Which machines `ls --filter` leaves: filters of the same key are alternatives, different keys must all hold.
public struct ListingFilter: Sendable {
    private var drivers: [String] = []
    private var states: [String] = []
    private var swarms: [String] = []
    private var labels: [String] = []
    private var names: [String] = []

    /// - Parameter filters: `KEY=VALUE` each, the keys in any case.
    /// - Throws: `UsageError`.
    public init(_ filters: [String]) throws(UsageError) {
        for filter in filters {
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw UsageError(message: "Unsupported filter syntax") }
            switch parts[0].lowercased() {
            case "driver": drivers.append(parts[1])
            case "state": states.append(parts[1])
            case "swarm": swarms.append(parts[1])
            case "label": labels.append(parts[1])
            case "name":
                do {
                    _ = try Regex(parts[1])
                } catch {
                    throw UsageError(message: "error parsing regexp: `\(parts[1])`: \(error)")
                }
                names.append(parts[1])
            case let key: throw UsageError(message: "Unsupported filter key '\(key)'")
            }
        }
    }

    /// Whether every machine passes.
    public var isEmpty: Bool {
        drivers.isEmpty && states.isEmpty && swarms.isEmpty && labels.isEmpty && names.isEmpty
    }

    /// Whether a machine passes.
    /// - Parameters:
    ///   - labels: the engine's labels, `key=value` each.
    ///   - swarm: the name of the machine's classic Swarm master; empty for none.
    ///   - state: asked for only if it matters, since it may take time.
    public func matches(
        name: String, driverName: String, labels: [String], swarm: String = "", state: () throws -> String
    ) rethrows -> Bool {
        func same(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }
        guard drivers.isEmpty || drivers.contains(where: { same($0, driverName) }),
            swarms.isEmpty || swarms.contains(where: { same($0, swarm) }),
            names.isEmpty || names.contains(where: { Self.matches($0, name) }),
            self.labels.isEmpty || self.labels.contains(where: { Self.matches(label: $0, in: labels) })
        else { return false }
        guard !states.isEmpty else { return true }
        let state = try state()
        return states.contains { same($0, state) }
    }

    private static func matches(_ pattern: String, _ name: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        return name.contains(regex)
    }

    /// `key=value` wants that value, in any case; `key` alone wants the label to be there.
    private static func matches(label wanted: String, in labels: [String]) -> Bool {
        let wanted = split(wanted)
        // The last of two labels with the same key counts, as in the engine.
        guard let label = labels.map(split).last(where: { $0.key == wanted.key }) else { return false }
        guard let value = wanted.value else { return true }
        return value.lowercased() == (label.value ?? "").lowercased()
    }

    private static func split(_ label: String) -> (key: String, value: String?) {
        let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts.count == 2 ? parts[1] : nil)
    }
}
