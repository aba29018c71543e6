/// What a machine may be called.
public enum MachineName {
    /// Checks a name: letters, digits, `-` and `.`, a letter or digit first (docker-machine's rule), and since the name is also a host name,
    /// no empty part and no part of more than 63 characters (RFC 1035).
    /// - Returns: what is wrong with it, nil if nothing is.
    public static func problem(with name: String) -> String? {
        let alphanumeric = { (scalar: Unicode.Scalar) in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": true
            default: false
            }
        }
        let scalars = name.unicodeScalars
        guard let first = scalars.first, alphanumeric(first),
            scalars.allSatisfy({ alphanumeric($0) || $0 == "-" || $0 == "." })
        else { return invalid }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.contains(where: \.isEmpty) { return "\(invalid), and no part between dots may be empty" }
        if parts.contains(where: { $0.utf8.count > 63 }) || name.utf8.count > 253 {
            return "\(invalid), at most 63 between dots"
        }
        return nil
    }

    static func isValid(_ name: String) -> Bool { problem(with: name) == nil }

    private static let invalid = "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -"
}
