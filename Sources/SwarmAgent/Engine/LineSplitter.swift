import NIOCore

/// Cuts what comes in pieces into lines.
struct LineSplitter {
    private var rest = ByteBuffer()

    mutating func append(_ bytes: ByteBuffer) {
        rest.discardReadBytes()
        var bytes = bytes
        rest.writeBuffer(&bytes)
    }

    /// The next whole line, with its end; nil until there is one.
    mutating func next() -> ByteBuffer? {
        guard let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        return rest.readSlice(length: end - rest.readerIndex + 1)
    }

    /// What has no end.
    mutating func remainder() -> ByteBuffer? {
        rest.readableBytes > 0 ? rest.readSlice(length: rest.readableBytes) : nil
    }
}
