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
}
