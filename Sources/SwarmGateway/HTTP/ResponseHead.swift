/// What is known of an answer once its head is there.
struct ResponseHead: Equatable {
    var status: Int
    var minorVersion: Int
    var fields: HeaderFields
    /// Where the body ends.
    var body: BodyFraming

    /// - Parameter method: of the request that is answered; it decides whether there is a body.
    init(_ bytes: some Collection<UInt8>, answering method: String) throws(HTTPError) {
        let (line, fields) = try HeadParser.parse(bytes)
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[1].utf8.count == 3, let status = Int(parts[1]), (100...999).contains(status) else {
            throw .malformed("malformed status line")
        }
        minorVersion = try HeadParser.minorVersion(parts[0])
        self.status = status
        self.fields = fields
        // RFC 9112, 6.3.
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            body = .none
        } else if !fields.values("transfer-encoding").isEmpty {
            body = fields.tokens("transfer-encoding").last == "chunked" ? .chunked : .untilEnd
        } else if let length = try HeadParser.contentLength(fields) {
            body = .counted(length)
        } else {
            body = .untilEnd
        }
    }

    /// Another answer to the same request follows.
    var isInterim: Bool { status < 200 && status != 101 }

    /// After this head the connection carries something else: it was upgraded, or, as `attach` and `exec` do it for old clients,
    /// simply taken over.
    var endsHTTP: Bool { status == 101 || body == .untilEnd }

    /// Whether the sender means to go on with this connection.
    var keepsAlive: Bool {
        let tokens = fields.tokens("connection")
        return !endsHTTP && (minorVersion == 1 ? !tokens.contains("close") : tokens.contains("keep-alive"))
    }
}
