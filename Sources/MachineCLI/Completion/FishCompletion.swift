import GoFlags

/// Completion for fish.
enum FishCompletion {
    static func text(_ model: CompletionModel) -> String {
        var lines = [
            "# fish completion for \(model.program); load it with: \(model.program) completion fish | source",
            "complete -c \(model.program) -f",
        ]
        lines += model.globals.map { line(model, "__fish_use_subcommand", flag($0)) }
        let groups = model.commands.filter { !$0.subcommands.isEmpty }
        for command in model.commands {
            lines.append(
                line(model, "__fish_use_subcommand", "-a \(command.name) -d \(quoted(command.usage))"))
            // `image ls` is not `ls`.
            let clashes = groups.filter { $0.subcommands.contains { $0.name == command.name } }.map(\.name)
            let exclusion = clashes.isEmpty ? "" : "; and not __fish_seen_subcommand_from \(clashes.joined(separator: " "))"
            let names = ([command.name] + command.aliases).joined(separator: " ")
            lines += leaf(command, [command.name], "__fish_seen_subcommand_from \(names)\(exclusion)", model)
            for subcommand in command.subcommands {
                let siblings = command.subcommands.map(\.name).joined(separator: " ")
                lines.append(
                    line(
                        model, "__fish_seen_subcommand_from \(command.name); and not __fish_seen_subcommand_from \(siblings)",
                        "-a \(subcommand.name) -d \(quoted(subcommand.usage))"))
                lines += leaf(
                    subcommand, [command.name, subcommand.name],
                    "__fish_seen_subcommand_from \(command.name); and __fish_seen_subcommand_from \(subcommand.name)", model)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func leaf(
        _ command: Command, _ path: [String], _ condition: String, _ model: CompletionModel
    ) -> [String] {
        guard command.subcommands.isEmpty else { return [] }
        var lines = command.flags.map { line(model, condition, flag($0)) }
        switch model.words(for: path) {
        case .machines: lines.append(line(model, condition, "-a '(\(model.listNames))'"))
        case .images: lines.append(line(model, condition, "-a '(\(model.listImages))'"))
        case .choices(let words): lines.append(line(model, condition, "-a \(quoted(words.joined(separator: " ")))"))
        case .files: lines.append(line(model, condition, "-F"))
        case .none: break
        }
        return lines
    }

    private static func line(_ model: CompletionModel, _ condition: String, _ rest: String) -> String {
        "complete -c \(model.program) -n \(quoted(condition)) \(rest)"
    }

    private static func flag(_ flag: Flag) -> String {
        var parts = flag.names.map { $0.count == 1 ? "-s \($0)" : "-l \($0)" }
        if flag.kind != .bool { parts.append("-r") }
        if let values = CompletionModel.values(of: flag) { parts.append("-a \(quoted(values.joined(separator: " ")))") }
        return (parts + ["-d \(quoted(flag.usage))"]).joined(separator: " ")
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
