/// The flags of one command, and how a list of words is read against them.
///
/// The syntax is that of Go's `flag` package, which docker-machine had: `-flag` and `--flag` are the same, a value follows after a
/// blank or `=`, a switch takes a value only after `=`, letters are not bundled, `--` ends the flags. One thing is more lenient than
/// there: flags may stand anywhere among the positional words.
public struct FlagSet: Sendable, Equatable {
    /// The flags, in the order that help shows them.
    public let flags: [Flag]

    public init(_ flags: [Flag]) {
        self.flags = flags
    }

    /// Reads a command line.
    /// - Parameters:
    ///   - arguments: the words after the command's name.
    ///   - environment: where flags with an environment variable look when the command line does not give them. An empty variable counts as unset.
    ///   - stopAtFirstPositional: ends the flags at the first word that is none, as the global flags before a command need it.
    /// - Throws: `FlagError`.
    public func parse(
        _ arguments: [String], environment: [String: String] = [:], stopAtFirstPositional: Bool = false
    ) throws(FlagError) -> ParsedFlags {
        var parsed = ParsedFlags(flags: flags)
        for flag in flags { try readEnvironment(environment, for: flag, into: &parsed) }

        var index = arguments.startIndex
        while index < arguments.endIndex {
            let word = arguments[index]
            index += 1
            guard word.hasPrefix("-"), word != "-" else {
                parsed.positionals.append(word)
                if stopAtFirstPositional { break }
                continue
            }
            if word == "--" { break }
            try readFlag(word, arguments: arguments, next: &index, into: &parsed)
        }
        parsed.positionals += arguments[index...]
        return parsed
    }

    private func readFlag(
        _ word: String, arguments: [String], next index: inout Int, into parsed: inout ParsedFlags
    ) throws(FlagError) {
        let body = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst()
        guard let first = body.first, first != "-", first != "=" else { throw .badSyntax(word) }
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        var value = parts.count == 2 ? String(parts[1]) : nil

        guard let flag = flags.first(where: { $0.names.contains(name) }) else {
            guard name == "help" || name == "h" else { throw .notDefined(name) }
            parsed.wantsHelp = try Self.bool(value ?? "true", flag: name)
            return
        }
        if flag.kind == .bool {
            parsed.set(.bool(try Self.bool(value ?? "true", flag: name)), for: flag, from: .commandLine)
            return
        }
        if value == nil, index < arguments.endIndex {
            value = arguments[index]
            index += 1
        }
        guard let value else { throw .needsArgument(name) }
        parsed.set(try Self.convert(value, flag: flag, spelling: name), for: flag, from: .commandLine)
    }

    private static func convert(_ text: String, flag: Flag, spelling: String) throws(FlagError) -> Flag.Value {
        switch flag.kind {
        case .string: return .string(text)
        case .stringSlice: return .stringSlice([text])
        case .bool: return .bool(try bool(text, flag: spelling))
        case .int:
            do {
                return .int(try GoLiteral.int(text))
            } catch {
                throw .invalidValue(
                    text, flag: spelling, reason: error == .range ? "value out of range" : "parse error")
            }
        }
    }

    private static func bool(_ text: String, flag: String) throws(FlagError) -> Bool {
        guard let value = GoLiteral.bool(text) else { throw .invalidBoolean(text, flag: flag) }
        return value
    }

    private func readEnvironment(
        _ environment: [String: String], for flag: Flag, into parsed: inout ParsedFlags
    ) throws(FlagError) {
        guard let variable = flag.environmentVariable, let text = environment[variable], !text.isEmpty else { return }
        let value: Flag.Value
        switch flag.kind {
        case .string: value = .string(text)
        case .stringSlice:
            let items = text.split(separator: ",", omittingEmptySubsequences: false)
            value = .stringSlice(items.map { String($0.drop { $0 == " " }.trimmingTrailing(" ")) })
        case .bool:
            guard let isOn = GoLiteral.bool(text) else {
                throw .invalidBooleanVariable(variable, value: text)
            }
            value = .bool(isOn)
        case .int:
            do {
                value = .int(try GoLiteral.int(text))
            } catch {
                throw .invalidIntegerVariable(
                    variable, value: text, reason: error == .range ? "value out of range" : "invalid syntax")
            }
        }
        parsed.set(value, for: flag, from: .environment)
    }
}

extension Substring {
    fileprivate func trimmingTrailing(_ character: Character) -> Substring {
        var result = self
        while result.last == character { result.removeLast() }
        return result
    }
}
