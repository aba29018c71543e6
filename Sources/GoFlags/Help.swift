/// Help texts in docker-machine's layout.
public enum Help {
    /// One flag as help shows it: spellings, default, a tab, the usage, the environment variable.
    public static func line(for flag: Flag) -> String {
        let names = flag.dashedNames.joined(separator: ", ")
        let head =
            switch flag.defaultValue {
            case .string(let text): text.isEmpty ? "\(names) " : "\(names) \"\(text)\""
            case .int(let number): "\(names) \"\(number)\""
            case .bool: names
            case .stringSlice:
                "\(names) [\(flag.dashedNames.prefix(1).map { "\($0) option \($0) option" }.joined())]"
            }
        let environment = flag.environmentVariable.map { " [$\($0)]" } ?? ""
        return "\(head)\t\(flag.usage)\(environment)"
    }

    /// The help of a program: what it is, its global flags, its verbs.
    public static func program(
        name: String, usage: String, version: String, flags: [Flag], commands: [Command]
    ) -> String {
        var lines = ["Usage: \(name) [OPTIONS] COMMAND [arg...]", "", usage, "", "Version: \(version)", "", "Options:"]
        lines += flags.map { "  \(line(for: $0))" }
        lines += ["  ", "Commands:"]
        lines += commands.map { "  \(([$0.name] + $0.aliases).joined(separator: ", "))\t\($0.usage)" }
        lines += ["  ", "Run '\(name) COMMAND --help' for more information on a command.", ""]
        return TabWriter.help.format(lines.joined(separator: "\n"))
    }

    /// The help of one verb. `path` is what was typed before its options, as `docker-machine create`.
    public static func command(_ command: Command, path: String) -> String {
        guard command.subcommands.isEmpty else { return group(command, path: path) }
        let options = command.flags.isEmpty ? "" : " [OPTIONS]"
        let arguments = command.argumentsUsage.isEmpty ? "" : " \(command.argumentsUsage)"
        var lines = ["Usage: \(path)\(options)\(arguments)", "", command.usage]
        if let description = command.description {
            lines += ["", "Description:"] + description.split(separator: "\n").map { "   \($0)" }
        }
        if !command.flags.isEmpty {
            lines += ["", "Options:", "   "] + command.flags.map { "   \(line(for: $0))" }
        }
        return TabWriter.help.format((lines + [""]).joined(separator: "\n"))
    }

    private static func group(_ command: Command, path: String) -> String {
        var lines = ["Usage: \(path) COMMAND [arg...]", "", command.usage, "", "Commands:"]
        lines += command.subcommands.map { "   \($0.name)\t\($0.usage)" }
        lines += ["", "Run '\(path) COMMAND --help' for more information on a command.", ""]
        return TabWriter.help.format(lines.joined(separator: "\n"))
    }
}
