import GoFlags

/// Completion for bash, without the bash-completion package.
enum BashCompletion {
    static func text(_ model: CompletionModel) -> String {
        """
        # bash completion for \(model.program); load it with: source <(\(model.program) completion bash)
        \(model.function)() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= i
            COMPREPLY=()
            for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                \(CompletionModel.valued(model.globals).joined(separator: "|"))) i=$((i + 1)) ;;
                -*) ;;
                *)
                    command=${COMP_WORDS[i]}
                    break
                    ;;
                esac
            done
            case $command in
            '')
                case $previous in
                -s|--storage-path|--tls-*)
                    COMPREPLY=($(compgen -f -- "$current"))
                    return
                    ;;
                esac
                COMPREPLY=($(compgen -W \(quoted(model.commands.map(\.name) + names(model.globals))) -- "$current"))
                ;;
        \(model.commands.map { cases($0, [], model, indent: 1) }.joined(separator: "\n"))
            esac
        }
        complete -F \(model.function) \(model.program)

        """
    }

    private static func cases(_ command: Command, _ path: [String], _ model: CompletionModel, indent: Int) -> String {
        let path = path + [command.name]
        let body = command.subcommands.isEmpty ? leaf(command, path, model) : group(command, path, model)
        let pattern = ([command.name] + command.aliases).joined(separator: "|")
        let lines = ["\(pattern))"] + body.map { $0.isEmpty ? $0 : "    \($0)" } + ["    ;;"]
        return lines.map { String(repeating: "    ", count: indent) + $0 }.joined(separator: "\n")
    }

    private static func group(_ command: Command, _ path: [String], _ model: CompletionModel) -> [String] {
        let inner = command.subcommands.map { cases($0, path, model, indent: 0) }.joined(separator: "\n")
        return [
            "if ((COMP_CWORD == i + 1)); then",
            "    COMPREPLY=($(compgen -W \(quoted(command.subcommands.map(\.name))) -- \"$current\"))",
            "    return",
            "fi",
            "case ${COMP_WORDS[i+1]} in",
        ] + inner.split(separator: "\n").map(String.init) + ["esac"]
    }

    private static func leaf(_ command: Command, _ path: [String], _ model: CompletionModel) -> [String] {
        var lines: [String] = []
        let valued = command.flags.filter { $0.kind != .bool }
        if !valued.isEmpty {
            lines.append("case $previous in")
            for flag in valued {
                guard let values = CompletionModel.values(of: flag) else { continue }
                lines += [
                    "\(flag.dashedNames.joined(separator: "|")))",
                    "    COMPREPLY=($(compgen -W \(quoted(values)) -- \"$current\"))",
                    "    return",
                    "    ;;",
                ]
            }
            let others = CompletionModel.valued(valued.filter { CompletionModel.values(of: $0) == nil })
            if !others.isEmpty { lines.append("\(others.joined(separator: "|"))) return ;;") }
            lines.append("esac")
        }
        lines += [
            "if [[ $current == -* ]]; then",
            "    COMPREPLY=($(compgen -W \(quoted(names(command.flags) + ["--help"])) -- \"$current\"))",
        ]
        switch model.words(for: path) {
        case .machines:
            lines += ["else", "    COMPREPLY=($(compgen -W \"$(\(model.listNames))\" -- \"$current\"))"]
            if path == ["scp"] || path == ["mount"] {
                lines.append("    COMPREPLY+=($(compgen -f -- \"$current\"))")
            }
        case .images: lines += ["else", "    COMPREPLY=($(compgen -W \"$(\(model.listImages))\" -- \"$current\"))"]
        case .choices(let words):
            lines += ["else", "    COMPREPLY=($(compgen -W \(quoted(words)) -- \"$current\"))"]
        case .files:
            lines += ["else", "    COMPREPLY=($(compgen -f -- \"$current\"))"]
        case .none: break
        }
        return lines + ["fi"]
    }

    private static func names(_ flags: [Flag]) -> [String] {
        flags.flatMap(\.dashedNames)
    }

    private static func quoted(_ words: [String]) -> String {
        CompletionModel.singleQuoted(words.joined(separator: " "))
    }
}
