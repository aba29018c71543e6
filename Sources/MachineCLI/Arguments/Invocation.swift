import GoFlags

/// What a command line asks for.
public enum Invocation: Sendable, Equatable {
    /// Print this help on stdout and exit 0.
    case help(String)
    /// Print the program's version on stdout and exit 0.
    case version(String)
    /// Run a command.
    case run(CommandInvocation)
}

/// One command with everything that was said about it.
public struct CommandInvocation: Sendable, Equatable {
    /// The command, its group first: `["ls"]`, `["image", "build"]`.
    public let path: [String]
    /// Flags and positional words.
    public let flags: ParsedFlags
    /// What stood before the command.
    public let globals: GlobalOptions
    /// The command's help, for errors that show it first.
    public let help: String
    /// The words after the command as they were typed; `create` reads them again once the driver is known.
    public let arguments: [String]
    /// The name the program was run under, the last part of its path.
    public let program: String

    /// The positional words.
    public var positionals: [String] { flags.positionals }
}
