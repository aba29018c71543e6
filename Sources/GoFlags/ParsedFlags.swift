/// What a command line said: a value for every flag of the set, and the words that were not flags.
public struct ParsedFlags: Sendable, Equatable {
    /// Where a value came from.
    public enum Source: Sendable, Equatable {
        case commandLine, environment, defaultValue
    }

    /// The words that are neither flags nor their values, in order.
    public internal(set) var positionals: [String] = []
    /// Whether `-h` or `--help` was given.
    public internal(set) var wantsHelp = false

    private var values: [String: Flag.Value] = [:]
    private var sources: [String: Source] = [:]
    private var canonicalNames: [String: String] = [:]

    init(flags: [Flag]) {
        for flag in flags {
            for name in flag.names { canonicalNames[name] = flag.name }
            values[flag.name] = flag.defaultValue
        }
    }

    /// The text of a string flag, by any of its spellings.
    public func string(_ name: String) -> String {
        guard case .string(let text) = value(name) else { return missing(name, "") }
        return text
    }

    /// The number of an int flag, by any of its spellings.
    public func int(_ name: String) -> Int {
        guard case .int(let number) = value(name) else { return missing(name, 0) }
        return number
    }

    /// Whether a switch is on, by any of its spellings.
    public func bool(_ name: String) -> Bool {
        guard case .bool(let isOn) = value(name) else { return missing(name, false) }
        return isOn
    }

    /// All values of a repeatable flag, in the order given.
    public func strings(_ name: String) -> [String] {
        guard case .stringSlice(let list) = value(name) else { return missing(name, []) }
        return list
    }

    /// Whether the flag was given, on the command line or by its environment variable.
    public func isSet(_ name: String) -> Bool {
        source(of: name) != .defaultValue
    }

    /// Where the flag's value came from.
    public func source(of name: String) -> Source {
        sources[canonicalNames[name] ?? name] ?? .defaultValue
    }

    /// Whether the set has such a flag at all.
    public func defines(_ name: String) -> Bool {
        canonicalNames[name] != nil
    }

    mutating func set(_ value: Flag.Value, for flag: Flag, from source: Source) {
        // The first use on the command line replaces what the environment gave; later uses of a repeatable flag add to it.
        if case .stringSlice(let more) = value, case .stringSlice(let old) = values[flag.name],
            sources[flag.name] == source
        {
            values[flag.name] = .stringSlice(old + more)
        } else {
            values[flag.name] = value
        }
        sources[flag.name] = source
    }

    private func value(_ name: String) -> Flag.Value? {
        values[canonicalNames[name] ?? name]
    }

    /// Asking for a flag that the set does not have, or by the wrong type, is a mistake in the program, not of its user.
    private func missing<T>(_ name: String, _ neutral: T) -> T {
        assertionFailure("no flag --\(name) of this type")
        return neutral
    }
}
