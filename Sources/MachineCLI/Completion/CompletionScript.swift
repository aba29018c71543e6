import GoTemplate

/// What `completion SHELL` prints: a script that completes commands, flags, machine names and the values of some flags.
public enum CompletionScript {
    /// The shells there is a script for.
    public static let shells = ["bash", "zsh", "fish"]

    /// - Parameters:
    ///   - shell: one of `shells`.
    ///   - program: the name of the program to complete.
    /// - Throws: `UsageError` for another shell.
    public static func text(shell: String, program: String) throws(UsageError) -> String {
        let model = CompletionModel(program: program)
        switch shell {
        case "bash": return BashCompletion.text(model)
        case "zsh": return ZshCompletion.text(model)
        case "fish": return FishCompletion.text(model)
        default:
            throw UsageError(
                message: "There is no completion for \(goQuote(shell)); choose one of \(shells.joined(separator: ", ")).")
        }
    }
}
