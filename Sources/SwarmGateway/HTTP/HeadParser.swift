/// The lines of a head, apart: the first, and the fields.
enum HeadParser {
    static func parse(_ bytes: some Collection<UInt8>) throws(HTTPError) -> (line: String, fields: HeaderFields) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard let first = lines.first, first.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw .malformed("malformed first line")
        }
        var fields = HeaderFields()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex, line[..<colon].allSatisfy(isToken)
            else { throw .malformed("malformed header field") }
            let value = line[line.index(after: colon)...]
            guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw .malformed("invalid header field value")
            }
            fields.append(
                String(decoding: line[..<colon], as: UTF8.self),
                String(HeaderFields.trimmed(String(decoding: value, as: UTF8.self)[...])))
        }
        return (String(decoding: first, as: UTF8.self), fields)
    }

    /// Characters of a token (RFC 9110, 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// `HTTP/1.0` or `HTTP/1.1`, as the minor version.
    static func minorVersion(_ text: Substring) throws(HTTPError) -> Int {
        switch text {
        case "HTTP/1.1": return 1
        case "HTTP/1.0": return 0
        default:
            guard text.hasPrefix("HTTP/") else { throw .malformed("malformed HTTP version \"\(text)\"") }
            throw HTTPError(505, "unsupported protocol version")
        }
    }

    /// The one length that all fields `Content-Length` give.
    static func contentLength(_ fields: HeaderFields) throws(HTTPError) -> UInt64? {
        let values = fields.values("content-length")
        guard let first = values.first else { return nil }
        guard values.allSatisfy({ $0 == first }) else { throw .malformed("conflicting Content-Length") }
        guard !first.isEmpty, first.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = UInt64(first),
            length <= UInt64(Int64.max)
        else { throw .malformed("bad Content-Length \"\(first)\"") }
        return length
    }
}
