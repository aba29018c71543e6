extension XMLText {
    /// The unescaped text of the first element that is reached by these tags, each inside the one before; nil when there is none.
    ///
    /// This is for single values out of documents that libvirt wrote itself, which are regular: no comments, no CDATA, and
    /// a tag's name is followed by a blank, `/` or `>`. It is no XML parser.
    public static func text(at path: String..., in document: String) -> String? {
        var scope = Substring(document)
        for tag in path {
            guard let inner = content(of: tag, in: scope) else { return nil }
            scope = inner
        }
        return unescape(String(scope))
    }

    private static func content(of tag: String, in scope: Substring) -> Substring? {
        var rest = scope
        while let open = rest.firstIndex(of: "<") {
            rest = rest[open...].dropFirst()
            guard rest.hasPrefix(tag), let next = rest.dropFirst(tag.count).first, next == ">" || next == " " else { continue }
            guard let close = rest.firstIndex(of: ">") else { return nil }
            let body = rest[rest.index(after: close)...]
            if rest[..<close].hasSuffix("/") { return body[..<body.startIndex] }
            guard let end = range(of: "</\(tag)>", in: body) else { return nil }
            return body[..<end]
        }
        return nil
    }

    private static func range(of needle: String, in text: Substring) -> Substring.Index? {
        var start = text.startIndex
        while let open = text[start...].firstIndex(of: "<") {
            if text[open...].hasPrefix(needle) { return open }
            start = text.index(after: open)
        }
        return nil
    }
}

/// How an error message calls the object of a document that is about to be defined: "network lab", or just "a network".
func elementTitle(_ kind: String, inXML xml: String) -> String {
    if let name = XMLText.text(at: "name", in: xml), !name.isEmpty { return "\(kind) \(name)" }
    return "a \(kind)"
}
