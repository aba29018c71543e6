import Foundation

/// What may be called how.
enum Names {
    static let labRule =
        "a lab's name holds lower-case letters, digits and hyphens, begins with a letter or digit, and has at most 63 characters"
    static let machineRule =
        "a machine's name holds letters, digits, hyphens and dots, begins with a letter or digit, and has at most 63 characters"
    static let checkpointRule =
        "a checkpoint's name holds letters, digits, hyphens, underscores and dots, begins with a letter or digit, "
        + "and has at most 63 characters"
    static let variableRule = "a variable's name holds letters, digits and underscores and does not begin with a digit"

    static func isLab(_ name: String) -> Bool {
        fits(name) { isLower($0) || isDigit($0) || $0 == "-" } && first(name) { isLower($0) || isDigit($0) }
    }

    /// docker-machine's rule for machine names, and short enough for a host name.
    static func isMachine(_ name: String) -> Bool {
        fits(name) { isLower($0) || isUpper($0) || isDigit($0) || $0 == "-" || $0 == "." }
            && first(name) { isLower($0) || isUpper($0) || isDigit($0) } && !name.contains("..") && !name.hasSuffix(".")
    }

    /// Such a name is good for a file, too.
    static func isCheckpoint(_ name: String) -> Bool {
        fits(name) { isLower($0) || isUpper($0) || isDigit($0) || "-_.".unicodeScalars.contains($0) }
            && first(name) { isLower($0) || isUpper($0) || isDigit($0) } && !name.contains("..") && !name.hasSuffix(".")
    }

    static func isVariable(_ name: String) -> Bool {
        fits(name) { isLower($0) || isUpper($0) || isDigit($0) || $0 == "_" } && first(name) { !isDigit($0) }
    }

    /// `A.B.C.D/N` with N from 16 to 28.
    static func isSubnet(_ text: String) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let prefix = Int(halves[1]), (16...28).contains(prefix) else { return false }
        let octets = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4
            && octets.allSatisfy { octet in
                octet.count <= 3 && octet.utf8.allSatisfy { (48...57).contains($0) } && Int(octet).map { $0 <= 255 } ?? false
            }
    }

    private static func fits(_ name: String, _ allowed: (Unicode.Scalar) -> Bool) -> Bool {
        (1...63).contains(name.unicodeScalars.count) && name.unicodeScalars.allSatisfy(allowed)
    }
    private static func first(_ name: String, _ allowed: (Unicode.Scalar) -> Bool) -> Bool {
        name.unicodeScalars.first.map(allowed) ?? false
    }
    private static func isLower(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) }
    private static func isUpper(_ scalar: Unicode.Scalar) -> Bool { ("A"..."Z").contains(scalar) }
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
