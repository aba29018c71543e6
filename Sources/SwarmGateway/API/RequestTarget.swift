/// What a request is for: path, API version and query, apart and decoded as Go's server does it.
struct RequestTarget: Equatable {
    /// Of a path such as `/v1.45/nodes`: `1.45`.
    var version: String?
    /// The rest of the path, for example `["nodes", "x", "update"]`.
    var path: [String]
    var query: [String: [String]]

    /// Nil for what only the engine should judge, such as `*` or a path that is not decodable or not in its plain form.
    init?(_ target: String) {
        var rest = Substring(target)
        if !rest.hasPrefix("/") {
            guard let scheme = rest.firstRange(of: "://") else { return nil }
            rest = rest[scheme.upperBound...]
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = Self.decoded(parts[0], plusIsSpace: false) else { return nil }
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init).dropFirst()
        guard segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        if let first = segments.first, first.count > 1, first.hasPrefix("v"),
            first.dropFirst().allSatisfy({ $0 == "." || ("0"..."9").contains($0) })
        {
            version = String(first.dropFirst())
            segments = segments.dropFirst()
        }
        self.path = Array(segments)
        query = [:]
        guard parts.count > 1 else { return }
        for pair in parts[1].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0], plusIsSpace: true),
                let value = Self.decoded(sides.count > 1 ? sides[1] : "", plusIsSpace: true)
            else { continue }
            query[name, default: []].append(value)
        }
    }

    /// The first value of a parameter; empty where there is none.
    func value(_ name: String) -> String { query[name]?.first ?? "" }

    /// As the engine reads flags such as `force`.
    func flag(_ name: String) -> Bool {
        !["", "0", "no", "false", "none"].contains(HeaderFields.trimmed(value(name)[...]).lowercased())
    }

    /// A value as it stands in a query.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(nibble), let low = rest.popFirst().flatMap(nibble) else { return nil }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
