import NIOCore

extension Connection {
    /// As Go's server has it by default.
    static let longestHead = 1 << 20

    /// The bytes of the next head; nil if the peer closes before one begins.
    ///
    /// - Parameter time: how long the rest may take once the first byte is there.
    func readHead(within time: TimeAmount? = nil) async throws -> ByteBuffer? {
        var scanner = HeadScanner()
        var head = ByteBuffer()
        var timer: Scheduled<Void>?
        defer { timer?.cancel() }
        while var bytes = try await read() {
            if timer == nil, let time { timer = limit(time, HTTPError(408, "the head of the request took too long")) }
            let end = bytes.withUnsafeReadableBytes { scanner.scan($0) }
            var part = bytes.readSlice(length: end ?? bytes.readableBytes) ?? ByteBuffer()
            head.writeBuffer(&part)
            guard head.readableBytes <= Self.longestHead else { throw HTTPError(431, "the head of the request is too large") }
            if end != nil {
                unread(bytes)
                head.moveReaderIndex(forwardBy: scanner.leading)
                return head
            }
        }
        guard head.readableBytes <= scanner.leading else { throw HTTPError.malformed("unexpected end") }
        return nil
    }

    /// The next bytes of a body, as they came; nil when it is over.
    ///
    /// - Throws: `ConnectionEnded` if the peer closes before the body is whole.
    func readBody(_ framing: inout BodyFraming) async throws -> ByteBuffer? {
        guard !framing.isFinished else { return nil }
        guard var bytes = try await read() else {
            guard framing.mayEndHere else { throw ConnectionEnded() }
            framing = .none
            return nil
        }
        let count = try bytes.withUnsafeReadableBytes { bytes throws(HTTPError) in try framing.advance(over: bytes) }
        let part = bytes.readSlice(length: count)
        unread(bytes)
        return part
    }

    /// The next content of a body, without its framing; nil when it is over.
    func readContent(_ framing: inout BodyFraming) async throws -> ByteBuffer? {
        guard !framing.isFinished else { return nil }
        guard var bytes = try await read() else {
            guard framing.mayEndHere else { throw ConnectionEnded() }
            framing = .none
            return nil
        }
        var content: [Range<Int>] = []
        let count = try bytes.withUnsafeReadableBytes { bytes throws(HTTPError) in
            try framing.advance(over: bytes) { content.append($0) }
        }
        var result = ByteBuffer()
        for range in content {
            if var slice = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) {
                result.writeBuffer(&slice)
            }
        }
        bytes.moveReaderIndex(forwardBy: count)
        unread(bytes)
        return result
    }
}

/// The peer closed in the middle of a message.
struct ConnectionEnded: Error {}
