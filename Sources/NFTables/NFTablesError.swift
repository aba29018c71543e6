/// Why the kernel's rules are not as they were asked to be.
///
/// What `nft` refuses, it refuses whole: nothing of the script was done.
public struct NFTablesError: Error, Equatable, CustomStringConvertible {
    /// What was run: `nft -f -`.
    public var command: String
    /// What the program said, or why there is nothing from it.
    public var message: String

    public init(command: String, message: String) {
        self.command = command
        self.message = message
    }

    /// The text for a person.
    public var description: String { "\(command): \(message)" }
}
