import Foundation
import GoFlags

/// Reads the words a person typed.
public struct CommandLineReader: Sendable {
    /// The name shown in help and errors: under `docker-machine` every text says `docker-machine`.
    public let program: String
    /// What `--version` says after `PROGRAM version `.
    public let version: String
    /// The environment that flags fall back on.
    public let environment: [String: String]

    /// - Parameters:
    ///   - program: `argv[0]`, of which the last path component counts.
    ///   - version: as in `0.16.2, build bd45ab13`.
    public init(program: String, version: String, environment: [String: String]) {
        self.program = program.split(separator: "/").last.map(String.init) ?? "machine"
        self.version = version
        self.environment = environment
    }

    /// - Parameter arguments: everything after `argv[0]`.
    /// - Throws: `UsageError`.
    public func read(_ arguments: [String]) throws(UsageError) -> Invocation {
        let globalFlags = GlobalOptions.flags(home: environment["HOME"] ?? "")
        let set = FlagSet(globalFlags + GlobalOptions.ownFlags.filter { $0.name != "help" })
        let parsed: ParsedFlags
        do {
            parsed = try set.parse(arguments, environment: environment, stopAtFirstPositional: true)
        } catch {
            throw .badFlag(error, help: programHelp)
        }
        let globals = GlobalOptions(parsed, arguments: arguments, environment: environment)
        if parsed.wantsHelp { return .help(programHelp) }
        if parsed.bool("version") { return .version(versionLine) }
        guard let word = parsed.positionals.first else { return .help(programHelp) }
        return try read(
            word, Array(parsed.positionals.dropFirst()), in: CommandTable.all(program: program), path: [], globals: globals)
    }

    /// `PROGRAM version VERSION`.
    public var versionLine: String { "\(program) version \(version)" }

    /// The help of the program.
    public var programHelp: String {
        Help.program(
            name: program, usage: "Create and manage machines running Docker.", version: version,
            flags: GlobalOptions.flags(home: environment["HOME"] ?? "") + GlobalOptions.ownFlags,
            commands: CommandTable.all(program: program))
    }

    private func read(
        _ word: String, _ rest: [String], in commands: [Command], path: [String], globals: GlobalOptions
    ) throws(UsageError) -> Invocation {
        guard let command = commands.first(where: { $0.answers(to: word) }) else { throw unknown(word, path: path) }
        let path = path + [command.name]
        if path == ["help"] { return .help(try helpText(for: rest)) }

        guard command.subcommands.isEmpty else {
            let help = Help.command(command, path: typed(path))
            guard let next = rest.first, !["-h", "--help", "-help"].contains(next) else { return .help(help) }
            guard !next.hasPrefix("-") else {
                throw .badFlag(.notDefined(String(next.drop { $0 == "-" })), help: help)
            }
            return try read(next, Array(rest.dropFirst()), in: command.subcommands, path: path, globals: globals)
        }
        if path == ["create"] { return try readCreate(command, rest, globals: globals) }
        return try finish(command, rest, path: path, globals: globals)
    }

    private func finish(
        _ command: Command, _ rest: [String], path: [String], globals: GlobalOptions, shown: Command? = nil
    ) throws(UsageError) -> Invocation {
        let help = Help.command(shown ?? command, path: typed(path))
        do {
            let flags = try command.parse(rest, environment: environment)
            if flags.wantsHelp { return .help(help) }
            return .run(
                CommandInvocation(
                    path: path, flags: flags, globals: globals, help: help, arguments: rest, program: program))
        } catch {
            throw .badFlag(error, help: help)
        }
    }

    /// `create` takes the flags of the driver it is given: they are known only after a first look.
    private func readCreate(
        _ command: Command, _ rest: [String], globals: GlobalOptions
    ) throws(UsageError) -> Invocation {
        let name = DriverChoice.name(in: rest, environment: environment)
        guard let driver = DriverKind(name) else { throw UsageError(message: DriverKind.notFound(name)) }
        let sorted = { (own: [DriverFlag]) in
            (CreateFlags.shared + own.map(\.flag)).sorted { Help.line(for: $0) < Help.line(for: $1) }
        }
        return try finish(
            command.replacingFlags(sorted(driver.flags(for: name))), rest, path: ["create"], globals: globals,
            shown: command.replacingFlags(sorted(driver.helpFlags(for: name))))
    }

    private func helpText(for words: [String]) throws(UsageError) -> String {
        var commands = CommandTable.all(program: program)
        var path: [String] = []
        var text = programHelp
        for word in words where !["-h", "--help", "-help"].contains(word) {
            guard let command = commands.first(where: { $0.answers(to: word) }) else { throw unknown(word, path: path) }
            path.append(command.name)
            commands = command.subcommands
            text = Help.command(command, path: typed(path))
        }
        return text
    }

    private func unknown(_ word: String, path: [String]) -> UsageError {
        UsageError(
            message:
                "\(program): '\((path + [word]).joined(separator: " "))' is not a \(program) command. See '\(typed(path + ["--help"]))'."
        )
    }

    private func typed(_ path: [String]) -> String {
        ([program] + path).joined(separator: " ")
    }
}
