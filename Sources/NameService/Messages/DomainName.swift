/// A name as messages carry it: labels of 1 to 63 bytes, 255 bytes in all with their lengths (RFC 1035, section 3.1).
///
/// The case of letters is kept, because askers may look for it in the answer, and makes no difference to equality.
public struct DomainName: Sendable, Hashable, CustomStringConvertible {
    /// Each label behind its length, and a zero.
    let wire: [UInt8]

    /// The most that `wire` may have, bytes.
    static let limit = 255

    /// The name of which nothing is said.
    public static let root = DomainName(wire: [0])

    /// - Parameter wire: valid, as the reader has made it.
    init(wire: [UInt8]) { self.wire = wire }

    /// A name of labels with dots between them; one at the end is not needed. Nil where it cannot be a name.
    public init?(_ text: String) {
        var text = text[...]
        if text.hasSuffix(".") { text.removeLast() }
        guard !text.isEmpty else { return nil }
        var wire: [UInt8] = []
        for label in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...63).contains(label.count) else { return nil }
            wire.append(UInt8(label.count))
            wire.append(contentsOf: label)
        }
        wire.append(0)
        guard wire.count <= Self.limit else { return nil }
        self.wire = wire
    }

    /// In lower case, with dots between labels and none at the end. Nil where a label has a dot or a zero of its own, so that the text
    /// would be another name's.
    public var key: String? {
        guard wire.count > 1 else { return "" }
        var bytes = [UInt8](wire.dropFirst().dropLast())
        var next = Int(wire[0])
        for index in bytes.indices {
            if index == next {
                next += Int(bytes[index]) + 1
                bytes[index] = UInt8(ascii: ".")
            } else if bytes[index] == UInt8(ascii: ".") || bytes[index] == 0 {
                return nil
            } else {
                bytes[index] = bytes[index].lowercase
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public static func == (left: DomainName, right: DomainName) -> Bool {
        // Lengths of labels are below the letters, so that all bytes can be treated alike.
        left.wire.count == right.wire.count && zip(left.wire, right.wire).allSatisfy { $0.lowercase == $1.lowercase }
    }

    public func hash(into hasher: inout Hasher) {
        for byte in wire { hasher.combine(byte.lowercase) }
    }

    public var description: String { key ?? "\(wire)" }
}

extension UInt8 {
    /// Itself, unless it is an upper-case letter of ASCII: names know no other case (RFC 4343).
    fileprivate var lowercase: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
}

extension String {
    /// As names are compared: in lower case, as far as letters of ASCII go.
    public var nameKey: String {
        guard utf8.contains(where: { $0 != $0.lowercase }) else { return self }
        return String(decoding: utf8.map(\.lowercase), as: UTF8.self)
    }
}
