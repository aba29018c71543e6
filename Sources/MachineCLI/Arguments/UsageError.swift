import GoFlags

/// A command line that makes no sense, and what to show for it. The exit status is 1 in every case; docker-machine answered a bad flag of most
/// commands with 0, which no script can use.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// For stdout, already ending in a newline: the help of the command; empty when the message says it all.
    public let output: String
    /// For stderr, one line without newline.
    public let message: String

    public init(output: String = "", message: String) {
        self.output = output
        self.message = message
    }

    /// A flag that does not exist or has a bad value: the help of the command goes before the message.
    static func badFlag(_ error: FlagError, help: String) -> UsageError {
        switch error {
        // The help would not say what is wrong with the environment.
        case .invalidBooleanVariable, .invalidIntegerVariable: return UsageError(message: error.description)
        default: break
        }
        return UsageError(output: "Incorrect Usage.\n\n\(help)", message: error.description)
    }

    public var description: String { message }
}
