/// A shell that `env` can write for.
public enum Shell: String, Sendable, CaseIterable {
    /// bash, zsh, sh and every shell not named here.
    case posix = "bash"
    case fish, tcsh, powershell, cmd, emacs

    /// The choices as help lists them.
    static let namesForHelp = "[\(allCases.map(\.rawValue).joined(separator: ", "))]"

    /// The shell of that name; unknown names are taken for a POSIX shell, as docker-machine did.
    public init(name: String) {
        self = Shell(rawValue: name) ?? .posix
    }

    /// The shell that `--shell` names or, without it, the one the user runs.
    /// - Throws: `UsageError` when `SHELL` is not set either.
    public static func choose(flag: String, environment: [String: String]) throws(UsageError) -> Shell {
        if !flag.isEmpty { return Shell(name: flag) }
        guard let path = environment["SHELL"], let name = path.split(separator: "/").last else {
            throw UsageError(
                output:
                    "The default lines below are for a sh/bash shell, you can specify the shell you're using, with the --shell flag.\n\n",
                message: "Error: Unknown shell")
        }
        return Shell(name: String(name))
    }

    /// The line that sets a variable.
    func setLine(_ name: String, _ value: String) -> String {
        let value = quoted(value)
        return switch self {
        case .posix: "export \(name)=\"\(value)\""
        case .fish: "set -gx \(name) \"\(value)\";"
        case .tcsh: "setenv \(name) \"\(value)\";"
        case .powershell: "$Env:\(name) = \"\(value)\""
        case .cmd: "SET \(name)=\(value)"
        case .emacs: "(setenv \"\(name)\" \"\(value)\")"
        }
    }

    /// The line that removes a variable.
    func unsetLine(_ name: String) -> String {
        switch self {
        case .posix: "unset \(name)"
        case .fish: "set -e \(name);"
        case .tcsh: "unsetenv \(name);"
        case .powershell: "Remove-Item Env:\\\\\(name)"
        case .cmd: "SET \(name)="
        case .emacs: "(setenv \"\(name)\" nil)"
        }
    }

    /// The two comment lines that say how to run a command's output.
    func hint(commandLine: String) -> String {
        let (comment, command) =
            switch self {
            case .posix: ("#", "eval $(\(commandLine))")
            case .fish: ("#", "eval (\(commandLine))")
            case .tcsh: (":", "eval `\(commandLine)`")
            case .powershell: ("#", "& \(commandLine) | Invoke-Expression")
            case .cmd: ("REM", "\t@FOR /f \"tokens=*\" %i IN ('\(commandLine)') DO @%i")
            case .emacs: (";;", "(with-temp-buffer (shell-command \"\(commandLine)\" (current-buffer)) (eval-buffer))")
            }
        return "\(comment) Run this command to configure your shell: \n\(comment) \(command)\n"
    }

    /// The value as it must stand between the shell's double quotes, so that a store in a directory with an odd name is a path and not a
    /// command. Ordinary values stay as they are.
    private func quoted(_ value: String) -> String {
        switch self {
        case .posix: escaping(value, "\\\"$`") { "\\\($0)" }
        case .fish: escaping(value, "\\\"$") { "\\\($0)" }
        case .emacs: escaping(value, "\\\"") { "\\\($0)" }
        case .powershell: escaping(value, "`\"$") { "`\($0)" }
        // Nothing escapes these inside a C shell's double quotes: close them, quote the character, open them again.
        case .tcsh: escaping(value, "\"$`!") { $0 == "!" ? "\"\\!\"" : "\"'\($0)'\"" }
        case .cmd: escaping(value, "^&|<>%") { $0 == "%" ? "%%" : "^\($0)" }
        }
    }

    private func escaping(_ value: String, _ special: String, _ escape: (Character) -> String) -> String {
        value.map { special.contains($0) ? escape($0) : String($0) }.joined()
    }
}
