/// Names of images, as registries have them: `[domain[:port]/]path[:tag][@digest]`.
enum ImageReference {
    static func isValid(_ text: String) -> Bool {
        // 64 hexadecimal digits are an ID and no name.
        if text.utf8.count == 64, text.utf8.allSatisfy({ isLowerHex($0) }) { return false }
        var rest = Substring(text)
        if let at = rest.lastIndex(of: "@") {
            guard isDigest(rest[rest.index(after: at)...]) else { return false }
            rest = rest[..<at]
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            guard isTag(rest[rest.index(after: colon)...]) else { return false }
            rest = rest[..<colon]
        }
        guard !rest.isEmpty, rest.utf8.count <= 255 else { return false }
        if let slash = rest.firstIndex(of: "/"), isDomain(rest[..<slash]) {
            guard isWellFormed(domain: rest[..<slash]) else { return false }
            rest = rest[rest.index(after: slash)...]
        }
        return rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isComponent($0) }
    }

    /// Whether what stands before the first slash is a host, and not a user of Docker Hub.
    private static func isDomain(_ text: Substring) -> Bool {
        text == "localhost" || text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || isUpper($0) }
    }

    private static func isWellFormed(domain: Substring) -> Bool {
        var host = domain
        if let colon = domain.lastIndex(of: ":"), !domain.hasSuffix("]") {
            let port = domain[domain.index(after: colon)...]
            guard !port.isEmpty, port.utf8.allSatisfy({ isDigit($0) }) else { return false }
            host = domain[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            return !address.isEmpty && address.utf8.allSatisfy { isHex($0) || $0 == UInt8(ascii: ":") }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last, isAlphanumeric(first), isAlphanumeric(last) else {
                return false
            }
            return label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// Small letters and digits, with `.`, `_`, `__` or any number of `-` between them.
    private static func isComponent(_ text: Substring) -> Bool {
        let parts = text.utf8.split(omittingEmptySubsequences: true) { !isLower($0) && !isDigit($0) }
        let separators = text.utf8.split(omittingEmptySubsequences: true) { isLower($0) || isDigit($0) }
        guard !parts.isEmpty, separators.count == parts.count - 1 else { return false }
        return separators.allSatisfy { separator in
            let text = String(decoding: Array(separator), as: UTF8.self)
            return [".", "_", "__"].contains(text) || text.allSatisfy { $0 == "-" }
        }
    }

    private static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isAlphanumeric(first) || first == UInt8(ascii: "_"), text.utf8.count <= 128 else {
            return false
        }
        return text.utf8.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
        }
    }

    private static func isDigest(_ text: Substring) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let (algorithm, hex) = (text[..<colon], text[text.index(after: colon)...])
        guard hex.utf8.count >= 32, hex.utf8.allSatisfy({ isHex($0) }) else { return false }
        guard algorithm != "sha256" || hex.utf8.count == 64 else { return false }
        return algorithm.utf8.split(omittingEmptySubsequences: false) { "-_+.".utf8.contains($0) }.allSatisfy { part in
            part.first.map { isLower($0) || isUpper($0) } == true && part.allSatisfy { isAlphanumeric($0) }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
    private static func isLowerHex(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool { isLowerHex(byte) || (0x41...0x46).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte) || isUpper(byte) }
}
