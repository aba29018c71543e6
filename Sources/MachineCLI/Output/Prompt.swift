import GoTemplate

/// Questions that are asked before something is lost, word for word as docker-machine asks them.
public enum Prompt {
    /// What `rm` says before it asks; two lines without a final newline.
    public static func removal(of names: [String]) -> String {
        "About to remove \(names.joined(separator: ", "))\nWARNING: This action will delete both local reference and remote instance."
    }

    /// What `rm` asks, the blank for the answer included.
    public static let sure = "Are you sure? (y/n): "

    /// What `regenerate-certs` asks, the blank for the answer included.
    public static let regenerateCertificates = "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): "

    /// What `rm` says for each machine that is gone.
    public static func removed(_ name: String) -> String {
        "Successfully removed \(name)"
    }

    /// What `rm` says for a machine that could not be removed.
    public static func removalFailed(_ name: String, reason: String) -> String {
        "Error removing host \(goQuote(name)): \(reason)"
    }

    /// What `rm -f` says when there was nothing to forget.
    public static func cannotForget(_ name: String) -> String {
        "Can't remove \"\(name)\""
    }

    /// Whether an answer means yes; nil is the end of input.
    public static func isYes(_ answer: String?) -> Bool {
        let first = answer?.drop { $0 == " " || $0 == "\t" }.first
        return first == "y" || first == "Y"
    }
}
