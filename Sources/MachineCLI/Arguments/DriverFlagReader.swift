import GoFlags

/// Looks up a driver's flags by what they mean.
///
/// One meaning may have several spellings (`--memory`, `--virtualbox-memory`). What was typed wins over the environment, and among
/// equals the flags of the driver that was named win, then ours.
struct DriverFlagReader {
    private let flags: ParsedFlags
    private let driverName: String
    private let candidates: [DriverFlag]
    /// The flag that gave the last value asked for.
    private(set) var lastFlag = ""

    init(flags: ParsedFlags, driverName: String, kind: DriverKind) {
        self.flags = flags
        self.driverName = driverName
        self.candidates = kind.flags(for: driverName)
    }

    /// The text for a meaning that was given a non-empty value; nil otherwise.
    mutating func given(_ role: DriverFlag.Role) -> String? {
        guard let flag = chosen(role), case .string = flag.defaultValue else { return nil }
        let text = flags.string(flag.name)
        return text.isEmpty ? nil : text
    }

    /// The text for a meaning, by the flag's default if it was not given.
    mutating func string(_ role: DriverFlag.Role) -> String? {
        if let flag = chosen(role) { return flags.string(flag.name) }
        guard case .string(let text)? = candidates.first(where: { $0.role == role })?.flag.defaultValue else { return nil }
        return text
    }

    /// The number for a meaning that was given; nil otherwise.
    mutating func int(_ role: DriverFlag.Role) -> Int? {
        chosen(role).map { flags.int($0.name) }
    }

    /// Whether a switch was given and is on.
    mutating func bool(_ role: DriverFlag.Role) -> Bool {
        chosen(role).map { flags.bool($0.name) } ?? false
    }

    /// One line for every given flag that has no effect.
    var warnings: [String] {
        candidates.compactMap { candidate in
            guard case .ignored(let why) = candidate.role, isGiven(candidate.flag) else { return nil }
            return "--\(candidate.flag.name) has no effect: \(why)."
        }
    }

    private mutating func chosen(_ role: DriverFlag.Role) -> Flag? {
        let matching = candidates.filter { $0.role == role }.map(\.flag)
        let flag =
            matching.first { flags.source(of: $0.name) == .commandLine } ?? matching.first { isGiven($0) }
        lastFlag = flag?.name ?? ""
        return flag
    }

    /// Another driver's environment variables do not concern this one; only those of docker-machine's default driver stay in
    /// force when no driver was named.
    private func isGiven(_ flag: Flag) -> Bool {
        switch flags.source(of: flag.name) {
        case .commandLine: return true
        case .defaultValue: return false
        case .environment:
            let prefix = flag.name.split(separator: "-").first.map(String.init) ?? ""
            let foreign = DriverKind.libvirtNames.contains(prefix) && ![driverName, DriverKind.defaultName].contains(prefix)
            return !foreign || (prefix == "virtualbox" && driverName == DriverKind.defaultName)
        }
    }
}
