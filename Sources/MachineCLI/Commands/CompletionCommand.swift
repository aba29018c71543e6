/// `completion`: a script for a shell to evaluate.
enum CompletionCommand {
    static func run(_ session: Session) async throws -> Int32 {
        guard session.names.count == 1, let shell = session.names.first else {
            throw UsageError(
                output: session.invocation.help,
                message: "Error: Expected one shell as an argument: \(CompletionScript.shells.joined(separator: ", "))")
        }
        Terminal.raw(try CompletionScript.text(shell: shell, program: session.program))
        return 0
    }
}
