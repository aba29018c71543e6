import DockerAPI
import FoundationEssentials
import NIOCore

/// An answer of the gateway itself.
struct Answer: Sendable {
    var status: Int
    var fields: [(String, String)] = []
    var body: ByteBuffer

    /// - Parameter status: 200 to 599.
    static func empty(_ status: Int = 200) -> Answer { Answer(status: status, body: ByteBuffer()) }

    static func json(_ value: some Encodable, status: Int = 200) throws -> Answer {
        var body = try encoded(value)
        body.writeString("\n")
        return json(body, status: status)
    }

    static func json(_ body: ByteBuffer, status: Int = 200) -> Answer {
        Answer(status: status, fields: [("Content-Type", "application/json")], body: body)
    }

    static func encoded(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    /// `{"message":"…"}`, as the engine refuses.
    static func refusal(_ error: any Error) -> Answer {
        let error = error as? APIError ?? APIError(500, "\(error)")
        let answer = try? json(["message": error.message], status: error.status)
        return answer ?? .empty(error.status)
    }

    /// As Go's server answers what it cannot read.
    static func plain(_ error: HTTPError) -> Answer {
        Answer(
            status: error.status, fields: [("Content-Type", "text/plain; charset=utf-8")],
            body: ByteBuffer(string: "\(error.status) \(reason(error.status)): \(error.reason)"))
    }

    /// The bytes to send.
    ///
    /// - Parameters:
    ///   - closing: says that the connection ends after this answer.
    ///   - bodiless: leaves the body out, for HEAD.
    func serialized(commonFields: [(String, String)], closing: Bool, now: Timestamp) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeString("HTTP/1.1 \(status) \(Self.reason(status))\r\n")
        for (name, value) in commonFields + fields { bytes.writeString("\(name): \(value)\r\n") }
        if closing { bytes.writeString("Connection: close\r\n") }
        bytes.writeString("Date: \(HTTPDate.text(now))\r\n")
        if status != 204 { bytes.writeString("Content-Length: \(body.readableBytes)\r\n") }
        bytes.writeString("\r\n")
        if status != 204 { bytes.writeImmutableBuffer(body) }
        return bytes
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Request Entity Too Large"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}
