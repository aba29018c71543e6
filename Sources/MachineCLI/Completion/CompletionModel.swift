import GoFlags

/// What can be completed where, the same for every shell.
struct CompletionModel {
    let program: String
    let commands: [Command]
    /// Flags before the command.
    let globals: [Flag]

    init(program: String) {
        self.program = program
        commands = CommandTable.all(program: program).map { command in
            guard command.name == "create" else { return command }
            let drivers = DriverKind.allNames.flatMap { DriverFlag.byName[$0] ?? [] }.map(\.flag)
            var seen: Set<String> = []
            return command.replacingFlags((command.flags + drivers).filter { seen.insert($0.name).inserted })
        }
        globals = GlobalOptions.flags(home: "~") + GlobalOptions.ownFlags
    }

    /// The name under which a shell defines the completing function.
    var function: String {
        "_" + program.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
    }

    /// The command that prints machine names, one a line.
    var listNames: String { "\(program) ls -q 2>/dev/null" }

    /// The command that prints the digests of images and templates, one a line.
    var listImages: String { "\(program) image ls -q 2>/dev/null" }

    /// What a word that is no flag can be.
    enum Words: Equatable {
        case machines
        case images
        case choices([String])
        case files
        case none
    }

    func words(for path: [String]) -> Words {
        switch path {
        case ["completion"]: return .choices(CompletionScript.shells)
        case ["help"], ["h"]: return .choices(commands.map(\.name))
        case ["mount"], ["scp"]: return .machines
        case ["image", "build"]: return .files
        case ["image", "inspect"], ["image", "rm"], ["image", "template"]: return .images
        case ["active"], ["create"], ["doctor"], ["ls"]: return .none
        default: return path.count > 1 ? .none : .machines
        }
    }

    /// What the value of a flag can be; nil where anything can.
    static func values(of flag: Flag) -> [String]? {
        switch flag.name {
        case "driver": DriverKind.allNames
        case "shell": Shell.allCases.map(\.rawValue)
        case "filter": ["driver=", "label=", "name=", "state=", "swarm="]
        default: nil
        }
    }

    /// The flags of a set that take a value, with dashes.
    static func valued(_ flags: [Flag]) -> [String] {
        flags.filter { $0.kind != .bool }.flatMap(\.dashedNames)
    }

    /// A text between single quotes, for bash and zsh.
    static func singleQuoted(_ text: String) -> String {
        "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
