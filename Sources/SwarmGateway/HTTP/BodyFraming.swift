/// Says where the body of a message ends while its bytes pass by unchanged (RFC 9112, 6 and 7).
struct BodyFraming: Equatable {
    private enum State: Equatable {
        case finished
        case counted(UInt64)
        case untilEnd
        // In a chunked body:
        case size(UInt64, digits: Int)
        case chunkExtension
        case sizeFeed
        case data(UInt64)
        case dataReturn
        case dataFeed
        case trailerStart
        case trailer
        case lastFeed
    }

    private var state: State
    /// Bytes of the size line or of the trailers so far.
    private var lineLength = 0

    private init(_ state: State) { self.state = state }

    static let none = BodyFraming(.finished)
    static let chunked = BodyFraming(.size(0, digits: 0))
    /// Until the sender closes.
    static let untilEnd = BodyFraming(.untilEnd)
    static func counted(_ length: UInt64) -> BodyFraming { length == 0 ? .none : BodyFraming(.counted(length)) }

    /// As Go's reader has it.
    static let longestSizeLine = 4096
    static let longestTrailers = 65536

    var isFinished: Bool { state == .finished }

    /// Whether a body that ends here is whole.
    var mayEndHere: Bool { state == .finished || state == .untilEnd }

    /// Reads on.
    ///
    /// - Parameter payload: is called with every range of bytes that is content, not framing.
    /// - Returns: how many of the bytes belong to this body; all of them unless it ends among them.
    mutating func advance(over bytes: UnsafeRawBufferPointer, payload: (Range<Int>) -> Void = { _ in }) throws(HTTPError) -> Int {
        var index = 0
        while index < bytes.count {
            switch state {
            case .finished: return index
            case .untilEnd:
                payload(index..<bytes.count)
                return bytes.count
            case .counted(let left), .data(let left):
                let count = Int(min(left, UInt64(bytes.count - index)))
                payload(index..<index + count)
                index += count
                let rest = left - UInt64(count)
                if case .counted = state {
                    state = rest == 0 ? .finished : .counted(rest)
                } else {
                    state = rest == 0 ? .dataReturn : .data(rest)
                }
            default:
                try step(bytes[index])
                index += 1
            }
        }
        return index
    }

    /// One byte of a chunked body's framing.
    private mutating func step(_ byte: UInt8) throws(HTTPError) {
        lineLength += 1
        switch (state, byte) {
        case (.size(let size, let digits), _):
            if let digit = Self.digit(byte) {
                guard digits < 16, size <= UInt64.max >> 4 else { throw .malformed("chunk length too large") }
                state = .size(size << 4 | digit, digits: digits + 1)
            } else {
                guard digits > 0 else { throw .malformed("invalid chunk length") }
                chunkSize = size
                try afterSize(byte)
            }
        case (.chunkExtension, _): try afterSize(byte)
        case (.sizeFeed, UInt8(ascii: "\n")): beginChunk()
        case (.dataReturn, UInt8(ascii: "\r")): state = .dataFeed
        case (.dataFeed, UInt8(ascii: "\n")):
            state = .size(0, digits: 0)
            lineLength = 0
        case (.trailerStart, UInt8(ascii: "\r")): state = .lastFeed
        case (.trailerStart, UInt8(ascii: "\n")), (.lastFeed, UInt8(ascii: "\n")): state = .finished
        case (.trailerStart, _), (.trailer, _): state = byte == UInt8(ascii: "\n") ? .trailerStart : .trailer
        default: throw .malformed("malformed chunked encoding")
        }
        let limit =
            switch state {
            case .trailerStart, .trailer, .lastFeed: Self.longestTrailers
            default: Self.longestSizeLine
            }
        guard lineLength <= limit else { throw .malformed("chunk header too long") }
    }

    /// Of the chunk whose size line is being read.
    private var chunkSize: UInt64 = 0

    private mutating func afterSize(_ byte: UInt8) throws(HTTPError) {
        switch (state, byte) {
        case (_, UInt8(ascii: "\r")): state = .sizeFeed
        case (_, UInt8(ascii: "\n")): beginChunk()
        case (.chunkExtension, _), (_, UInt8(ascii: ";")), (_, UInt8(ascii: " ")), (_, UInt8(ascii: "\t")):
            state = .chunkExtension
        default: throw .malformed("invalid byte in chunk length")
        }
    }

    private mutating func beginChunk() {
        lineLength = 0
        state = chunkSize == 0 ? .trailerStart : .data(chunkSize)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x46: UInt64(byte - 0x41 + 10)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }
}
