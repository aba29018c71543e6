/// What a check of the host found.
public struct Finding: Sendable, Equatable {
    public enum Verdict: String, Sendable {
        case good = "ok"
        /// Works, but worse than it could.
        case warning = "warn"
        /// Machines cannot be made like this.
        case bad = "FAIL"
    }

    public var verdict: Verdict
    /// What was looked at, in a word or two.
    public var subject: String
    /// What was found.
    public var text: String
    /// The command that mends it.
    public var remedy: String?

    public init(_ verdict: Verdict, _ subject: String, _ text: String, remedy: String? = nil) {
        self.verdict = verdict
        self.subject = subject
        self.text = text
        self.remedy = remedy
    }
}
