/// One verb of a program: its names, flags and help texts.
public struct Command: Sendable, Equatable {
    /// The name that help shows.
    public let name: String
    /// Other names that are understood.
    public let aliases: [String]
    /// One line that says what the verb does.
    public let usage: String
    /// A longer explanation, shown under `Description:`; nil for none.
    public let description: String?
    /// What its help line shows after the options, usually `[arg...]`.
    public let argumentsUsage: String
    /// The verb's flags, in the order that help shows them.
    public let flags: [Flag]
    /// Verbs below this one (`image build`); empty for most.
    public let subcommands: [Command]
    /// Every word after the verb belongs to somebody else (`ssh`): nothing is read as a flag but a leading `-h`.
    public let passesThrough: Bool

    public init(
        _ name: String, aliases: [String] = [], usage: String, description: String? = nil, argumentsUsage: String = "[arg...]",
        flags: [Flag] = [], subcommands: [Command] = [], passesThrough: Bool = false
    ) {
        self.name = name
        self.aliases = aliases
        self.usage = usage
        self.description = description
        self.argumentsUsage = argumentsUsage
        self.flags = flags
        self.subcommands = subcommands
        self.passesThrough = passesThrough
    }

    /// The same verb with other flags: `create --driver X` takes more than `create` alone.
    public func replacingFlags(_ flags: [Flag]) -> Command {
        Command(
            name, aliases: aliases, usage: usage, description: description, argumentsUsage: argumentsUsage, flags: flags,
            subcommands: subcommands, passesThrough: passesThrough)
    }

    /// Whether a word names this verb.
    public func answers(to word: String) -> Bool {
        name == word || aliases.contains(word)
    }

    /// Reads the words after the verb.
    /// - Throws: `FlagError`.
    public func parse(_ arguments: [String], environment: [String: String]) throws(FlagError) -> ParsedFlags {
        let set = FlagSet(flags)
        guard passesThrough else { return try set.parse(arguments, environment: environment) }
        if let first = arguments.first, ["-h", "-help", "--help"].contains(first) {
            return try set.parse([first], environment: environment)
        }
        return try set.parse(["--"] + arguments, environment: environment)
    }
}
