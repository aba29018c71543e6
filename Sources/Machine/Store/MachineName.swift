/// What a machine may be called.
public enum MachineName {
    /// Whether a name can be a host name: docker-machine's rule (`[a-zA-Z0-9][a-zA-Z0-9-.]*`) with the
    /// limits of RFC 1123 (labels of 1 to 63 characters, 253 in all).
    public static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, isAlphanumeric(first), name.utf8.count <= 253 else { return false }
        guard name.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { 1...63 ~= $0.utf8.count }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
