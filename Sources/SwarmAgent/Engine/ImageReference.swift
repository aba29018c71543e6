/// The name of an image, as people write it.
struct ImageReference: Sendable, Hashable {
    /// Without tag and digest.
    let name: String
    /// A tag or a digest; `latest` where neither is given, because the engine would pull all tags of a name alone.
    let version: String
    /// Whether it says which image exactly: what is here under that name needs no pull.
    let isExact: Bool
    /// Whether it is the ID of an image, which no registry knows.
    let isID: Bool

    init(_ text: String) {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : Substring(text)
        isID = digits.utf8.count == 64 && digits.allSatisfy { $0.isHexDigit && !$0.isUppercase }
        if let at = text.firstIndex(of: "@") {
            isExact = true
            version = String(text[text.index(after: at)...])
            name = Self.split(text[..<at]).name
        } else {
            isExact = isID
            let (name, tag) = Self.split(text[...])
            self.name = name
            version = tag ?? "latest"
        }
    }

    private static func split(_ text: Substring) -> (name: String, tag: String?) {
        // A colon before the last slash belongs to a registry's port.
        let last = text.lastIndex(of: "/") ?? text.startIndex
        guard let colon = text[last...].lastIndex(of: ":") else { return (String(text), nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
