/// What is known of a request once its head is there.
struct RequestHead: Equatable {
    var method: String
    /// As it was sent: a path with a query, or a whole URL.
    var target: String
    var minorVersion: Int
    var fields: HeaderFields
    /// Where the body ends.
    var body: BodyFraming

    init(_ bytes: some Collection<UInt8>) throws(HTTPError) {
        let (line, fields) = try HeadParser.parse(bytes)
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.allSatisfy(HeadParser.isToken), !parts[1].isEmpty else {
            throw .malformed("malformed request line")
        }
        minorVersion = try HeadParser.minorVersion(parts[2])
        method = String(parts[0])
        target = String(parts[1])
        self.fields = fields
        guard minorVersion == 0 || fields["host"] != nil else { throw .malformed("missing required Host header") }
        guard fields.values("host").count <= 1 else { throw .malformed("too many Host headers") }

        let length = try HeadParser.contentLength(fields)
        let encodings = fields.values("transfer-encoding")
        if encodings.isEmpty {
            body = BodyFraming.counted(length ?? 0)
        } else {
            // Two readers that pick different ones of the two see different messages, so neither is taken.
            guard length == nil else { throw .malformed("both Content-Length and Transfer-Encoding") }
            guard minorVersion == 1 else { throw .malformed("Transfer-Encoding in HTTP/1.0") }
            guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
                throw HTTPError(501, "unsupported transfer encoding")
            }
            body = .chunked
        }
    }

    /// Whether the sender means to go on with this connection.
    var keepsAlive: Bool {
        let tokens = fields.tokens("connection")
        return minorVersion == 1 ? !tokens.contains("close") : tokens.contains("keep-alive")
    }

    /// Whether the sender waits for a word before it sends the body.
    var expectsContinue: Bool { minorVersion == 1 && fields.tokens("expect").contains("100-continue") && !body.isFinished }
}
