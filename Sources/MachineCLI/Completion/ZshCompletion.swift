import GoFlags

/// Completion for zsh's own completion system.
enum ZshCompletion {
    static func text(_ model: CompletionModel) -> String {
        let function = model.function
        return """
            #compdef \(model.program)
            # zsh completion for \(model.program); load it with: source <(\(model.program) completion zsh)
            \(function)_machines() {
                local -a machines
                machines=(${(f)"$(\(model.listNames))"})
                _describe -t machines machine machines
            }
            \(function)() {
                local command= previous=${words[CURRENT-1]} i
                local -a choices
                for ((i = 2; i < CURRENT; i++)); do
                    case ${words[i]} in
                    (\(CompletionModel.valued(model.globals).joined(separator: "|"))) i=$((i + 1)) ;;
                    (-*) ;;
                    (*)
                        command=${words[i]}
                        break
                        ;;
                    esac
                done
                case $command in
                ('')
                    if [[ ${words[CURRENT]} == -* ]]; then
                        choices=(\(flags(model.globals)))
                    else
                        choices=(\(described(model.commands.map { ($0.name, $0.usage) })))
                    fi
                    _describe -t commands command choices
                    ;;
            \(model.commands.map { cases($0, [], model, indent: 1) }.joined(separator: "\n"))
                esac
            }
            if [[ ${funcstack[1]} == \(function) ]]; then
                \(function) "$@"
            else
                compdef \(function) \(model.program)
            fi

            """
    }

    private static func cases(_ command: Command, _ path: [String], _ model: CompletionModel, indent: Int) -> String {
        let path = path + [command.name]
        let body = command.subcommands.isEmpty ? leaf(command, path, model) : group(command, path, model)
        let pattern = ([command.name] + command.aliases).joined(separator: "|")
        let lines = ["(\(pattern))"] + body.map { "    \($0)" } + ["    ;;"]
        return lines.map { String(repeating: "    ", count: indent) + $0 }.joined(separator: "\n")
    }

    private static func group(_ command: Command, _ path: [String], _ model: CompletionModel) -> [String] {
        let inner = command.subcommands.map { cases($0, path, model, indent: 0) }.joined(separator: "\n")
        return [
            "if ((CURRENT == i + 1)); then",
            "    choices=(\(described(command.subcommands.map { ($0.name, $0.usage) })))",
            "    _describe -t commands command choices",
            "    return",
            "fi",
            "case ${words[i+1]} in",
        ] + inner.split(separator: "\n").map(String.init) + ["esac"]
    }

    private static func leaf(_ command: Command, _ path: [String], _ model: CompletionModel) -> [String] {
        var lines: [String] = []
        let valued = command.flags.filter { $0.kind != .bool }
        if !valued.isEmpty {
            lines.append("case $previous in")
            for flag in valued {
                let names = flag.dashedNames.joined(separator: "|")
                if let values = CompletionModel.values(of: flag) {
                    lines.append("(\(names)) compadd -- \(values.joined(separator: " ")); return ;;")
                } else {
                    lines.append("(\(names)) _files; return ;;")
                }
            }
            lines.append("esac")
        }
        lines += [
            "if [[ ${words[CURRENT]} == -* ]]; then",
            "    choices=(\(flags(command.flags + [.bool("help, h", usage: "Show help")])))",
            "    _describe -t options option choices",
        ]
        switch model.words(for: path) {
        case .machines:
            lines += ["else", "    \(model.function)_machines"]
            if path == ["scp"] || path == ["mount"] { lines.append("    _files") }
        case .images: lines += ["else", "    compadd -- ${(f)\"$(\(model.listImages))\"}"]
        case .choices(let words): lines += ["else", "    compadd -- \(words.joined(separator: " "))"]
        case .files: lines += ["else", "    _files"]
        case .none: break
        }
        return lines + ["fi"]
    }

    private static func flags(_ flags: [Flag]) -> String {
        described(flags.flatMap { flag in flag.dashedNames.map { ($0, flag.usage) } })
    }

    /// `'name:what it is'`, as `_describe` wants it.
    private static func described(_ items: [(String, String)]) -> String {
        items.map {
            CompletionModel.singleQuoted("\($0.0.replacing(":", with: "\\:")):\($0.1.replacing(":", with: "\\:"))")
        }.joined(separator: " ")
    }
}
