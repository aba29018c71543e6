import DockerAPI
import FoundationEssentials
import NIOCore

/// Reads bodies of requests with the engine's checks and texts.
enum JSONBody {
    /// - Returns: nil if there is no body, which the engine takes for an empty object.
    /// - Throws: status 400.
    static func decode<Value: Decodable>(_: Value.Type, from body: ByteBuffer, contentType: String?) throws(APIError) -> Value? {
        try check(contentType, isEmpty: body.readableBytes == 0)
        guard body.readableBytes > 0 else { return nil }
        let bytes = Data(body.readableBytesView)
        guard bytes.contains(where: { !whitespace.contains($0) }) else {
            throw APIError(400, "invalid JSON: got EOF while reading request body")
        }
        do {
            // `null` leaves everything as it is by default.
            return try JSONDecoder().decode(Value?.self, from: bytes)
        } catch let error as DecodingError {
            throw APIError(400, "invalid JSON: " + text(error))
        } catch {
            throw APIError(400, "invalid JSON: \(error)")
        }
    }

    private static let whitespace = Set("\t\r\n ".utf8)

    private static func check(_ contentType: String?, isEmpty: Bool) throws(APIError) {
        guard let contentType, !contentType.isEmpty else {
            if isEmpty { return }
            throw APIError(400, "malformed Content-Type header (): mime: no media type")
        }
        let kind = HeaderFields.trimmed(contentType.prefix { $0 != ";" }).lowercased()
        guard kind == "application/json" else {
            throw APIError(400, "unsupported Content-Type header (\(contentType)): must be 'application/json'")
        }
    }

    private static func text(_ error: DecodingError) -> String {
        func field(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "the value of \(field(context)) is not of the type that belongs there"
        case .keyNotFound(let key, let context):
            return "\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "the request body is not JSON" : "the value of \(field(context)) cannot be read: \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
