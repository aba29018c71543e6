import DockerAPI
import NIOCore

/// Cuts the engine's log of a container, as asked for with `timestamps=1`, into lines.
///
/// Without a terminal it comes in frames of one line each: a byte that says which output it is, three zeros, four bytes of length, and
/// so many of text. With a terminal it comes as it is.
struct LogFrames {
    /// A line, or what there is of one.
    struct Line: Sendable, Equatable {
        var isError: Bool
        var time: Timestamp
        var text: [UInt8]
    }

    private let isFramed: Bool
    private var framed = ByteBuffer()
    private var plain = LineSplitter()

    init(isFramed: Bool) { self.isFramed = isFramed }

    mutating func append(_ bytes: ByteBuffer) {
        guard isFramed else { return plain.append(bytes) }
        framed.discardReadBytes()
        var bytes = bytes
        framed.writeBuffer(&bytes)
    }

    /// The next whole one; nil until there is one.
    mutating func next() -> Line? {
        guard isFramed else { return plain.next().map { Self.line($0, isError: false) } }
        guard let stream: UInt8 = framed.getInteger(at: framed.readerIndex),
            let length: UInt32 = framed.getInteger(at: framed.readerIndex + 4), framed.readableBytes >= 8 + Int(length)
        else { return nil }
        framed.moveReaderIndex(forwardBy: 8)
        guard let text = framed.readSlice(length: Int(length)) else { return nil }
        return Self.line(text, isError: stream == 2)
    }

    /// What has no end of line where the log ends.
    mutating func remainder() -> Line? { plain.remainder().map { Self.line($0, isError: false) } }

    private static func line(_ bytes: ByteBuffer, isError: Bool) -> Line {
        let view = bytes.readableBytesView
        guard let space = view.firstIndex(of: UInt8(ascii: " ")),
            let time = LogTime.parse(String(decoding: view[..<space], as: UTF8.self))
        else { return Line(isError: isError, time: Timestamp(nanoseconds: 0), text: Array(view)) }
        return Line(isError: isError, time: time, text: Array(view[view.index(after: space)...]))
    }
}

/// The time before a line: RFC 3339, most often in UTC, but some log drivers write it in the host's time zone.
enum LogTime {
    static func parse(_ text: String) -> Timestamp? {
        if text.hasSuffix("Z") { return Timestamp(text) }
        let offset = text.utf8.suffix(6)
        guard let sign = offset.first, let hours = Int64(String(decoding: offset.dropFirst().prefix(2), as: UTF8.self)),
            let minutes = Int64(String(decoding: offset.suffix(2), as: UTF8.self)),
            let local = Timestamp(String(text.dropLast(6)) + "Z")
        else { return nil }
        let distance = (hours * 60 + minutes) * 60_000_000_000
        return Timestamp(nanoseconds: local.nanoseconds - (sign == UInt8(ascii: "-") ? -distance : distance))
    }
}
